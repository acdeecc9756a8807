import Playbooks
import Systems

extension ProcessSelection {
    /// The selector of a step that hits processes; throws ``FaultError`` when it cannot.
    static func selector(of step: FaultStep, limits: Limits) throws -> Selector {
        guard let selector = step.selector else {
            throw step.problem("it is aimed at nothing", "say 'on: { role: primary }'")
        }
        if selector.link != nil {
            throw step.problem("a link has no process", "name a role, a node or a process")
        }
        if limits.processes < 1 {
            throw step.problem("the limits allow no process", "set 'limits: { processes: 1 }'")
        }
        try checkPossible(selector, step)
        return selector
    }

    /// Throws ``FaultError`` for words that no process can ever fit.
    private static func checkPossible(_ selector: Selector, _ step: FaultStep) throws {
        if let pattern = selector.commandLine {
            do throws(TextPattern.Problem) {
                _ = try TextPattern(pattern)
            } catch {
                throw step.problem(
                    "'\(pattern)' is no regular expression: \(error)", "put it right")
            }
        }
        if let group = selector.controlGroup, group.split(separator: "/").isEmpty {
            throw step.problem("'\(group)' is the whole host", "name a group below it")
        }
        if let container = selector.container,
            container.utf8.count < 12 || !container.allSatisfy(\.isHexDigit)
        {
            throw step.problem(
                "'\(container)' is no id of a container",
                "give at least 12 digits of it: docker inspect --format '{{.Id}}' NAME")
        }
    }

    /// For the plan: `process by role primary, pick one of nodes a, b, …`.
    static func plannedObject(_ selector: Selector, system: (any SystemUnderTest)?) -> String {
        let nodes = system.map { " of nodes \($0.nodeNames.joined(separator: ", "))" } ?? ""
        return "process by \(NodeSelection.text(of: selector))"
            + (selector.namesProcess
                ? ", resolved again when the step begins"
                : nodes + ", resolved when the step begins")
    }
}
