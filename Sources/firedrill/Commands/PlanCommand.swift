import ArgumentParser
import Drills
import Faults
import FoundationEssentials
import Playbooks
import Records

/// `firedrill plan`: what a drill would touch; touches nothing.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a drill would touch, by which means, and what its limits allow.",
        discussion: "Touches nothing. Exits with 2 when a limit refuses the drill.")

    @OptionGroup var options: PlaybookOptions

    @Flag(name: .long, help: "Print the plan as JSON.")
    var json = false

    func run() throws {
        let loaded = try LoadedPlaybook.loadOrExit(options.playbook, settings: options.settings)
        let plan = try PlanBuilder(
            playbook: loaded.playbook, seed: options.seed ?? loaded.playbook.seed ?? 0,
            host: HostCapabilities.probe(), policy: try Policy.loadOrExit(),
            state: HostState(
                stateDirectory: UndoState.directory, others: UndoState.otherDirectories,
                haltOrders: UndoState.haltOrders)
        ).build()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Console.line(String(decoding: try encoder.encode(plan), as: UTF8.self))
        } else {
            show(plan, of: loaded.playbook)
        }
        if plan.limits.contains(where: { !$0.isAllowed }) { throw ExitCode(2) }
    }

    private func show(_ plan: Plan, of playbook: Playbook) {
        Console.line("\(playbook.title)\n\(playbook.hypothesis)\n")
        let seed = plan.seed == 0 ? "chosen at the start" : String(plan.seed)
        Console.line("seed      \(seed)")
        Console.line("duration  at least \(plan.estimatedDuration.duration.text)\n")
        section("will start", plan.testbed)
        Console.line("will do")
        for step in plan.steps {
            let backend = step.backend.isEmpty ? "" : " [\(step.backend)]"
            Console.line("  line \(step.line): \(step.summary)\(backend)")
            for object in step.objects { Console.line("      on \(object)") }
            // Why a step is refused stands among the limits.
            if !step.backend.isEmpty, !step.backendNote.isEmpty {
                Console.line("      \(step.backendNote)")
            }
        }
        Console.line("")
        section(
            "limits",
            plan.limits.map { limit in
                let word =
                    !limit.isAllowed ? "REFUSED" : limit.isWarning == true ? "WARNING" : "allowed"
                return "\(word)  \(limit.rule): \(limit.reason)"
            })
    }

    private func section(_ title: String, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        Console.line(title)
        for line in lines { Console.line("  \(line)") }
        Console.line("")
    }
}
