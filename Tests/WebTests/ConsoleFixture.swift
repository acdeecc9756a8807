import History
import Kernel
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Web

/// A console over a fixture's history, with drills that only seem to run.
final class ConsoleFixture: Sendable {
    /// What the console did to drills.
    struct Deeds: Equatable {
        var running: [String] = []
        var stopped: [String] = []
        var started: [String] = []
    }

    let deeds = Mutex(Deeds())
    /// Nanoseconds since 1970; two days after the evidence fixture's first hour.
    static let now: Int64 = 1_793_664_000_000_000_000

    func configuration(_ place: EvidencePlace) -> ConsoleConfiguration {
        var configuration = ConsoleConfiguration(
            places: { [place] },
            control: DrillControl(
                running: { [self] in deeds.withLock(\.running) },
                stop: { [self] drill in
                    deeds.withLock {
                        $0.stopped.append(drill)
                        $0.running.removeAll { $0 == drill }
                    }
                    return "stopped"
                },
                start: { [self] path in
                    deeds.withLock { $0.started.append(path) }
                    return "begun"
                }),
            validate: { text, _ in text == Array("?".utf8) ? ["line 1: nothing is there"] : [] },
            clock: { Self.now })
        configuration.port = 0
        return configuration
    }

    /// Runs a console for as long as `body` takes.
    func serve<Result: Sendable>(
        _ evidence: EvidenceFixture, _ configuration: ConsoleConfiguration? = nil,
        _ body: (ConsoleClient) async throws -> Result
    ) async throws -> Result {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = ConsoleServer(
            configuration: configuration ?? self.configuration(evidence.place),
            history: evidence.history, logger: logger, onListening: { port.yield($0) })
        let group = ServiceGroup(services: [server], logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let number = await iterator.next() else {
                try await tasks.waitForAll()
                throw ConsoleClient.Failure(description: "the console did not listen")
            }
            let result: Result
            do {
                result = try await body(ConsoleClient(port: number))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }
}
