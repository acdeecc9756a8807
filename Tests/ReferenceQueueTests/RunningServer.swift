import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import ReferenceQueue

/// A server in this process, as a service that can be shut down in order.
private struct RunningServer: Service {
    let server: QueueServer
    let port: AsyncStream<Int>.Continuation

    func run() async throws {
        try await server.run { port.yield($0) }
    }
}

/// Runs a test with a node that serves as the primary; the test gets a client and the port.
func withServer(
    _ configure: (inout NodeConfiguration) -> Void = { _ in },
    _ body: (HTTPLink, Int) async throws -> Void
) async throws {
    try await withTemporaryDirectory { directory in
        var configuration = NodeConfiguration(name: "a", dataDirectory: directory)
        configure(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let group = ServiceGroup(
            services: [
                RunningServer(
                    server: try QueueServer(configuration, logger: logger), port: continuation)
            ], logger: logger)
        async let running: Void = group.run()
        let port = try #require(await ports.first { _ in true })
        let link = HTTPLink(host: "127.0.0.1", port: port)
        do {
            // Not /readyz, which the weakness `lying-health` answers with 200 from the start.
            #expect(
                await eventually {
                    let status = try? await link.send(.GET, "/v1/status", timeout: .seconds(5))
                    return status?.document["role"] == "primary"
                })
            try await body(link, port)
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        link.close()
        await group.triggerGracefulShutdown()
        try await running
    }
}

/// Posts a JSON text.
func post(_ link: HTTPLink, _ path: String, _ text: String) async throws -> HTTPAnswer {
    try await link.send(.POST, path, body: ByteBuffer(string: text), timeout: .seconds(20))
}
