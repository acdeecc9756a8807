import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// One node with its HTTP server: what `refqueue serve` runs.
public struct QueueServer: Sendable {
    private let node: Node
    private let logger: Logger

    /// Opens the store of a node.
    ///
    /// Throws when the data directory cannot be used or another process uses it.
    public init(_ configuration: NodeConfiguration, logger: Logger) throws {
        self.logger = logger
        let leases: any LeaseStore =
            try configuration.arbiter.map {
                try ArbiterClient(
                    $0, token: configuration.clusterToken,
                    timeout: min(.seconds(1), configuration.lease / 3))
            } ?? SoloLeaseStore()
        let peers = try configuration.peers.map {
            PeerLink(
                name: $0.name,
                transport: try HTTPReplicationTransport($0, token: configuration.clusterToken))
        }
        node = try Node(configuration, leases: leases, peers: peers, logger: logger)
    }

    /// Serves until the task's graceful shutdown; `onListening` gets the port once it is bound.
    ///
    /// A shutdown hands the lease over before the last connection closes. Throws a ``ListenError``
    /// when the address cannot be had.
    public func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let configuration = node.configuration
        let router = Router(context: ServerContext.self)
        let load = ServerLoad()
        router.add(middleware: ProblemMiddleware(load: load))
        MessageRoutes(node: node).add(to: router)
        HealthRoutes(node: node, load: load).add(to: router)
        ReplicationRoutes(node: node).add(to: router)
        let application = Application(
            router: router, server: .bounded(configuration.limits, load: load, node: node),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.limits.connections + ConnectionRoom.refusals)),
            onServerRunning: { [node] channel in
                let port = channel.localAddress?.port ?? 0
                node.address.withLock {
                    $0 =
                        configuration.advertisedAddress
                        ?? "http://\(configuration.host):\(port)"
                }
                onListening(port)
            },
            logger: logger)
        try await serve(application)
    }

    private func serve(_ application: some Service) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [node] in
                try await ListenError.explaining(
                    host: node.configuration.host, port: node.configuration.port
                ) { try await application.run() }
            }
            group.addTask {
                // The lease is asked for once others can be told where this node is.
                while node.address.withLock({ $0.isEmpty }) {
                    try await Task.sleep(for: .milliseconds(1))
                }
                // A node ends by `stop` alone: in a cancelled task its loops could not sleep.
                let running = Task { await node.run() }
                await withTaskCancellationOrGracefulShutdownHandler {
                    await running.value
                } onCancelOrGracefulShutdown: { [node] in
                    Task { await node.stop() }
                }
            }
            do {
                // waitForAll would wait for the node although its server has failed.
                for try await _ in group {}
            } catch {
                await node.stop()
                throw error
            }
        }
    }
}
