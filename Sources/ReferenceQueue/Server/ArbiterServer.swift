import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore

/// The lease store as a process: what `refqueue arbiter` runs.
public struct ArbiterServer: Sendable {
    private let arbiter: Arbiter
    private let host: String
    private let port: Int
    private let token: ClusterToken?
    private let limits: RequestLimits
    private let logger: Logger

    /// Reads the record in a directory; with a token, leases are for who shows it.
    ///
    /// Throws when the directory cannot be used or holds something else.
    public init(
        dataDirectory: String, host: String, port: Int, token: ClusterToken? = nil,
        limits: RequestLimits = .arbiter, logger: Logger
    ) throws {
        arbiter = try Arbiter(directory: dataDirectory)
        self.host = host
        self.port = port
        self.token = token
        self.limits = limits
        self.logger = logger
    }

    /// Serves until the task's graceful shutdown; `onListening` gets the port once it is bound.
    ///
    /// Throws a ``ListenError`` when the address cannot be had.
    public func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: ServerContext.self)
        let load = ServerLoad()
        router.add(middleware: ProblemMiddleware(load: load))
        router.post("/v1/lease") { [arbiter, token, limits] request, _ in
            try request.checkShows(token)
            let lease = try LeaseRequest(try await request.reader(limit: limits.bodyBytes))
            do {
                return Response(200, try await arbiter.perform(lease).document)
            } catch {
                throw Problem.storage("\(error)")
            }
        }
        router.get("/v1/status") { [arbiter] _, _ in
            let (record, isHeld) = await arbiter.status
            return Response(
                200,
                [
                    "role": "arbiter", "epoch": .integer(record.epoch),
                    "holder": .text(record.holder), "held": .boolean(isHeld),
                    "address": .text(record.address),
                    "eligible": .array(record.eligible.map { .string($0.name) }),
                ])
        }
        router.get("/healthz") { _, _ in Response(200, ["alive": true]) }
        let application = Application(
            router: router, server: .bounded(limits, load: load),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connections + ConnectionRoom.refusals)),
            onServerRunning: { onListening($0.localAddress?.port ?? 0) }, logger: logger)
        try await ListenError.explaining(host: host, port: port) { try await application.run() }
    }
}

extension RequestLimits {
    /// The limits of an arbiter, which speaks to a handful of nodes.
    public static var arbiter: RequestLimits {
        var limits = RequestLimits()
        limits.connections = 256
        limits.bodyBytes = 65_536
        return limits
    }
}
