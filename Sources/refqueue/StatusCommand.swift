import ArgumentParser
import ReferenceQueue

/// `refqueue status`: asks a node how it is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the status of a node or the arbiter.")

    @Option(help: "The base URL to ask.")
    var url: String
    @Flag(help: "Print the JSON document.")
    var json = false

    func run() async throws {
        let query = try NodeQuery(url)
        printLine(json ? try await query.status() : try await query.summary())
    }
}
