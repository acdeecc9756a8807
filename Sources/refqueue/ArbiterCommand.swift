import ArgumentParser
import Logging
import ReferenceQueue

/// `refqueue arbiter`: runs the process that grants leases.
struct ArbiterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arbiter", abstract: "Run the arbiter, which decides who is the primary.",
        discussion: """
            The first line on standard output is 'listening HOST:PORT'. \
            \(ClusterTokenOption.discussion)
            """)

    @Option(help: "The directory that holds the lease record; made when missing.")
    var data: String
    @Option(help: "Where to listen, HOST:PORT; port 0 takes a free one.")
    var listen = ListenAddress(host: "127.0.0.1", port: 0)
    @OptionGroup var clusterToken: ClusterTokenOption

    func run() async throws {
        var logger = Logger(
            label: "refqueue.arbiter", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .notice
        let server = try ArbiterServer(
            dataDirectory: data, host: listen.host, port: listen.port,
            token: try clusterToken.token, logger: logger)
        let host = listen.host
        try await runUntilSignal(logger: logger) {
            try await server.run { printLine("listening \(host):\($0)") }
        }
    }
}
