import ArgumentParser
import Glibc

/// The `refqueue` program.
@main
struct RefqueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refqueue",
        abstract: "A durable, replicated task queue that drills are run against.",
        subcommands: [
            ServeCommand.self, ArbiterCommand.self, WorkerCommand.self, StatusCommand.self,
        ])
}

/// Prints a line at once, also when standard output is a pipe.
func printLine(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}
