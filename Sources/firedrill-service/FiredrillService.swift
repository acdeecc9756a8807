import ArgumentParser
import Drills
import Glibc
import Incidents
import Playbooks
import Undo

/// The commands of `firedrill` that need a database or a server; `firedrill` hands them over.
///
/// They live in a program of their own so that `firedrill run` loads neither.
@main
struct FiredrillService: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "firedrill",
        abstract: "The history of drills, and the service that shows them.",
        version: version,
        subcommands: [
            ServeCommand.self, ScheduleCommand.self, FreezeCommand.self, ThawCommand.self,
            ListCommand.self, TrendCommand.self, CompareCommand.self, PruneCommand.self,
            DigestCommand.self,
            TokenCommand.self, AttachCommand.self, VerifyCommand.self,
        ])

    static func main() async {
        // A reader that goes away must be an error of a write, not the end of the service.
        signal(SIGPIPE, SIG_IGN)
        StateVariable.resolve()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
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
            Terminal.line(text)
            Glibc.exit(0)
        }
        Terminal.error(text)
        let isUsage =
            code == .validationFailure || error is PlaybookProblems
            || (error as? IncidentError)?.isUsage == true
            || (error as? DrillError)?.isUsage == true
        Glibc.exit(isUsage ? 2 : 7)
    }
}
