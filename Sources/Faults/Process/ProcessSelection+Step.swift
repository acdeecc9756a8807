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
        return selector
    }

    /// For the plan: `process by role primary, pick one of nodes a, b, …`.
    static func plannedObject(_ selector: Selector, system: (any SystemUnderTest)?) -> String {
        let nodes = system.map { " of nodes \($0.nodeNames.joined(separator: ", "))" } ?? ""
        return "process by \(NodeSelection.text(of: selector))"
            + (selector.namesProcess ? "" : nodes) + ", resolved when the step begins"
    }
}
