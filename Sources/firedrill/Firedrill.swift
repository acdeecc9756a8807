import ArgumentParser
import Dispatch
import Drills
import Glibc
import Undo

/// The command line: wires the parts together and decides nothing.
///
/// Every subcommand spells its name: the parser would else work it out from the type's, for all of
/// them in every run, and that takes as long as all the rest of the parsing.
@main
struct Firedrill: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "firedrill",
        abstract: "Chaos drills for queue services, with evidence.",
        discussion: """
            A playbook states a hypothesis; a drill runs it: faults go into a queue service under \
            a measured workload, every fault is taken out again, and a report says whether the \
            hypothesis held.

            Exit codes of 'run': 0 passed, 1 failed, 2 invalid playbook or usage, 3 steady state \
            missing before the first fault, 4 inconclusive, 5 a fault was left behind, 6 aborted, \
            7 the tool itself failed.
            """,
        version: version,
        subcommands: [
            Run.self, Validate.self, PlanCommand.self, ReportCommand.self, List.self, Show.self,
            Revert.self, Halt.self, Resume.self, Doctor.self, Schema.self,
        ] + Service.commands)

    /// Parses on the main thread, and runs a drill's command on it until the first suspension.
    ///
    /// A mount namespace is left by the calling thread alone, and inherited by the threads it makes:
    /// it must happen here, before the concurrency runtime has any.
    static func main() {
        do {
            StateVariable.resolve()
            try Service.handOver(CommandLine.arguments)
            LocalTime.useTheHostsZone()
            var command = try parseAsRoot()
            if command is Run { Run.prepare() }
            guard let asynchronous = command as? any AsyncParsableCommand else {
                try command.run()
                return
            }
            // Safe, for from here on nobody but the task uses it.
            nonisolated(unsafe) let handedOver = asynchronous
            Task { await run(handedOver) }
            dispatchMain()
        } catch {
            end(with: error)
        }
    }

    private static func run(_ command: any AsyncParsableCommand) async -> Never {
        var command = command
        do {
            try await command.run()
            Glibc.exit(0)
        } catch {
            end(with: error)
        }
    }

    /// Prints help and usage as the parser words them; its usage errors end with 2, others with 7.
    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code == .success {
            Console.write(text + "\n")
            Glibc.exit(0)
        }
        Console.error(text)
        let isUsage = code == .validationFailure || (error as? DrillError)?.isUsage == true
        Glibc.exit(isUsage ? 2 : 7)
    }
}
