public import History
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
public import ServiceLifecycle

/// The console: pages and API over the history and the drills that run.
public struct ConsoleServer: Service {
    private let console: Console
    private let onListening: @Sendable (Int) -> Void

    /// - Parameter onListening: gets the port once it is bound.
    public init(
        configuration: ConsoleConfiguration, history: HistoryDatabase, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        console = Console(configuration: configuration, history: history, logger: logger)
        self.onListening = onListening
    }

    /// Serves until the task's graceful shutdown.
    ///
    /// Throws when the address cannot be had, or the certificate cannot be used.
    public func run() async throws {
        let configuration = console.configuration
        var server = HTTPServerBuilder.http1(
            configuration: .init(idleTimeout: .seconds(60)))
        if let tls = configuration.tls { server = try .tls(server, tlsConfiguration: tls) }
        let listening = onListening
        var application = Application(
            router: Self.router(console), server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { listening($0.localAddress?.port ?? 0) }, logger: console.logger)
        application.addServices(ImportService(console: console))
        try await application.run()
    }

    static func router(_ console: Console) -> Router<ConsoleContext> {
        let router = Router(context: ConsoleContext.self)
        router.add(middleware: AnswerMiddleware())
        router.add(middleware: console.access)
        PageRoutes(console: console).add(to: router)
        DrillRoutes(console: console).add(to: router)
        AccessRoutes(console: console).add(to: router)
        LiveRoutes(console: console).add(to: router)
        APIRoutes.add(to: router, console)
        return router
    }
}

/// Takes drills into the history as they begin and end.
struct ImportService: Service {
    let console: Console

    func run() async throws {
        var known: Set<String> = []
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let result = try console.history.importDrills(from: console.configuration.places())
                // Each once: a damaged drill stays where it is.
                for failure in result.failures where known.insert(failure).inserted {
                    console.logger.warning("drill left out", metadata: ["reason": "\(failure)"])
                }
            } catch {
                console.logger.error("history not updated", metadata: ["error": "\(error)"])
            }
            for _ in 0..<4 where !Task.isShuttingDownGracefully {
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}
