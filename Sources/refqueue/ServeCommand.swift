public import ArgumentParser
import Logging
public import ReferenceQueue

/// `refqueue serve`: runs one node.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a node of the queue service.",
        discussion: """
            The first line on standard output is 'listening HOST:PORT'. SIGTERM and SIGINT hand \
            the lease over and end the node in order. \(ClusterTokenOption.discussion)
            """)

    @Option(help: "The node's name, unique within the service.")
    var name: String
    @Option(help: "The directory that holds the node's data; made when missing.")
    var data: String
    @Option(help: "Where to listen, HOST:PORT; port 0 takes a free one.")
    var listen = ListenAddress(host: "127.0.0.1", port: 0)
    @Option(help: "The base URL under which clients reach this node (default: where it listens).")
    var advertise: String?
    @Option(help: "The arbiter's base URL; without one the node is always the primary.")
    var arbiter: String?
    @Option(help: "Another node, NAME=URL; repeatable.")
    var peer: [PeerArgument] = []
    @Option(help: "When a message is durable: synced (here and on the standby) or async.")
    var durability = NodeConfiguration.Durability.synced
    @Option(help: "How long a primary's lease lasts.")
    var lease = DurationArgument.seconds(2)
    @Option(help: "How long a commit may take on a standby before the primary goes on alone.")
    var standbyTimeout = DurationArgument.seconds(1)
    @Option(help: "The gap's bound after the first failed delivery.")
    var retryFirst = DurationArgument.seconds(2)
    @Option(help: "By how much the bound grows with each failure.")
    var retryFactor = 2.0
    @Option(help: "The largest bound.")
    var retryCap = DurationArgument.seconds(32)
    @Option(help: "How the gap is spread below its bound: full, equal or none.")
    var retryJitter = RetryPolicy.Jitter.full
    @Option(help: "How often delivery is tried before a message is dead.")
    var retryAttempts = 5
    @Option(help: "How long a callback may take.")
    var callbackTimeout = DurationArgument.seconds(5)
    @Option(help: "A planted bug; repeatable.")
    var weakness: [Weakness] = []
    @Option(help: "Seed of the jitter.")
    var seed: UInt64 = 0
    @OptionGroup var clusterToken: ClusterTokenOption
    @Option(help: "What to log: debug, info, notice, warning, error.")
    var logLevel = "notice"

    func validate() throws {
        guard retryFactor >= 1 else { throw ValidationError("--retry-factor is at least 1") }
        guard (1...1000).contains(retryAttempts) else {
            throw ValidationError("--retry-attempts is 1 to 1000")
        }
        guard lease.duration >= .milliseconds(50) else {
            throw ValidationError("--lease is at least 50ms")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("unknown log level '\(logLevel)'")
        }
    }

    func run() async throws {
        var logger = Logger(
            label: "refqueue.\(name)", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .notice
        let server = try QueueServer(try nodeConfiguration, logger: logger)
        let host = listen.host
        try await runUntilSignal(logger: logger) {
            try await server.run { printLine("listening \(host):\($0)") }
        }
    }

    private var nodeConfiguration: NodeConfiguration {
        get throws {
            var configuration = NodeConfiguration(name: name, dataDirectory: data)
            configuration.host = listen.host
            configuration.port = listen.port
            configuration.advertisedAddress = advertise
            configuration.arbiter = arbiter
            configuration.peers = peer.map { .init(name: $0.name, address: $0.address) }
            configuration.durability = durability
            configuration.retryPolicy = RetryPolicy(
                first: retryFirst.duration, factor: retryFactor, cap: retryCap.duration,
                jitter: retryJitter, attempts: retryAttempts)
            configuration.lease = lease.duration
            configuration.standbyTimeout = standbyTimeout.duration
            configuration.callbackTimeout = callbackTimeout.duration
            configuration.weaknesses = Set(weakness)
            configuration.seed = seed
            configuration.clusterToken = try clusterToken.token
            return configuration
        }
    }
}

extension ListenAddress {
    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A peer as one writes it on a command line: `b=http://127.0.0.1:7002`.
struct PeerArgument: ExpressibleByArgument {
    var name: String
    var address: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[1].hasPrefix("http://") else { return nil }
        name = String(parts[0])
        address = String(parts[1])
    }
}

extension Weakness: ExpressibleByArgument {}
extension NodeConfiguration.Durability: ExpressibleByArgument {}
extension RetryPolicy.Jitter: ExpressibleByArgument {}
