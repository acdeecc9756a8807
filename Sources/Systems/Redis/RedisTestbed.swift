import FaultProxy
import NIOCore
import NIOPosix
import Playbooks
import Records
import Synchronization

/// A running Redis server with the proxy in front of it.
final class RedisTestbed: Testbed {
    struct State {
        var port = 0
        var links: [TestbedLink] = []
        var control: RESPClient?
        var linkClients: [String: RESPClient] = [:]
        var reaper: Task<Void, Never>?
    }

    static let name = "redis"
    /// How long a server may take to start or to load its data.
    private static let startLimit = Duration.seconds(30)

    let wire = WireLog()
    let settings: RedisSettings
    private let executable: String
    let environment: TestbedEnvironment
    private let process: ServiceProcess
    private let volume: NodeVolume
    private let group = MultiThreadedEventLoopGroup.singleton
    let state = Mutex(State())

    init(settings: RedisSettings, executable: String, environment: TestbedEnvironment) {
        self.settings = settings
        self.executable = executable
        self.environment = environment
        process = ServiceProcess(name: Self.name, environment: environment)
        volume = NodeVolume(name: Self.name, storage: settings.storage, environment: environment)
    }

    /// Redis has no policy of its own: what is refused comes again at once.
    var redelivery: RetryPolicy? { nil }

    var links: [TestbedLink] { state.withLock(\.links) }

    /// Starts the server and the proxy, and returns when the server answers.
    func start() async throws {
        try await volume.prepare()
        try await startServer(attempts: 3)
        let port = state.withLock(\.port)
        let proxy = try await FaultProxy.start(
            name: "clients to \(Self.name)", upstreamPort: port, group: group,
            tap: WireTap<RedisScanner>(node: Self.name, log: wire, now: environment.now),
            seed: environment.seed)
        state.withLock { state in
            state.links = [
                TestbedLink(source: "clients", destination: Self.name, proxy: proxy)
            ]
            // Unstructured, because it goes on until `stop`, which cancels and awaits it.
            state.reaper = Task { await self.reap() }
        }
        environment.report(
            Event(
                time: environment.now(), kind: .nodeStarted, subject: Self.name,
                message: "redis-server listens on 127.0.0.1:\(port)"))
    }

    func nodes() async -> [NodeState] {
        [
            NodeState(
                name: Self.name, role: .single, process: process.identity,
                dataDirectory: volume.dataDirectory, fileSystem: volume.fileSystem,
                port: state.withLock(\.port))
        ]
    }

    func makeClient() async throws -> any QueueClient {
        guard let link = links.first else { throw notRunning("make a client") }
        return RedisClient(
            try RESPClient(group: group, port: link.proxy.port), attempts: settings.attempts)
    }

    func restart(node: String) async throws { try await restart(node, clockOffset: nil) }

    func restart(node: String, clockOffset offset: Duration) async throws {
        try await restart(node, clockOffset: offset)
    }

    private func restart(_ node: String, clockOffset: Duration?) async throws {
        try check(node)
        var command = self.command(port: state.withLock(\.port))
        command.clockOffset = clockOffset
        try await process.start(command)
        try await waitUntilServing()
        let moved = try await giveAllBack()
        environment.report(
            Event(
                time: environment.now(), kind: .nodeRestarted, subject: node,
                message: "redis-server serves again; \(moved) deliveries went back to the queue"))
    }

    func remount(node: String) async throws {
        try check(node)
        guard process.identity == nil else {
            throw SystemError(attempt: "mount the disk of node \(node) anew", reason: "it runs")
        }
        try await volume.remount()
    }

    func status(of node: String) async -> StatusAnswer {
        guard node == Self.name, let control = state.withLock(\.control) else {
            return StatusAnswer(result: .unknown, answer: "no node '\(node)'")
        }
        switch await control.send("PING", deadline: .seconds(1)) {
        case .success(.simple("PONG")):
            return StatusAnswer(result: .healthy, answer: "PONG", role: .single)
        case .success(.error(let code, _)):
            return StatusAnswer(result: .unhealthy, answer: code, role: .single)
        case .success:
            return StatusAnswer(result: .unhealthy, answer: "unexpected answer", role: .single)
        case .failure(let failure):
            return StatusAnswer(result: .unhealthy, answer: failure.reason.rawValue)
        }
    }

    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? {
        let client = state.withLock { state in
            let known = state.linkClients[link.proxy.name]
            // A port that the proxy listens on is always a valid address.
            let client =
                known
                ?? (try? RESPClient(
                    group: group, port: link.proxy.port, maximumConnections: 1))
            state.linkClients[link.proxy.name] = client
            return client
        }
        guard let client else { return nil }
        let clock = ContinuousClock()
        let before = clock.now
        guard case .success = await client.send("PING", deadline: deadline) else { return nil }
        return clock.now - before
    }

    func address(of node: String) -> String? { nil }

    func depth(of queue: String, on node: String) async throws -> QueueDepth {
        try check(node)
        let ready = try await integer("LLEN", queue)
        let leased = try await integer("LLEN", RedisKeys.inWork(queue))
        let dead = try await integer("LLEN", RedisKeys.dead(queue))
        return QueueDepth(ready: ready, delayed: 0, leased: leased, dead: dead)
    }

    func deadLetters(of queue: String) async throws -> [MessageIdentifier] {
        var letters: [MessageIdentifier] = []
        let page = 1_000
        while true {
            let answer = try await ask(
                "LRANGE", RedisKeys.dead(queue), "\(letters.count)",
                "\(letters.count + page - 1)")
            guard case .array(let values) = answer else { throw unexpected("LRANGE", answer) }
            for case .bulk(let body) in values {
                guard let identifier = MessageBody.identifier(in: body) else {
                    throw SystemError(
                        attempt: "read the dead letters of \(queue)",
                        reason: "one of them is no message of the workload")
                }
                letters.append(identifier)
            }
            if values.count < page { return letters }
        }
    }

    func stop() async -> [Comparison] {
        let (links, control, linkClients, reaper) = state.withLock { state in
            defer {
                state.control = nil
                state.linkClients = [:]
                state.reaper = nil
            }
            return (
                state.links, state.control, Array(state.linkClients.values), state.reaper
            )
        }
        reaper?.cancel()
        await reaper?.value
        for client in linkClients { await client.close() }
        await control?.close()
        for link in links { await link.proxy.stop() }
        return [await process.stop(grace: .seconds(5))] + (await volume.remove())
    }

    private func startServer(attempts: Int) async throws {
        for attempt in 1...attempts {
            let port = try await LoopbackPort.pick()
            let control = try RESPClient(group: group, port: port, maximumConnections: 8)
            state.withLock { state in
                state.port = port
                state.control = control
            }
            try await process.start(command(port: port))
            do {
                return try await waitUntilServing()
            } catch {
                // Somebody took the port between the pick and the start.
                let isTaken = process.logTail(lines: 20).contains("Address already in use")
                guard isTaken, attempt < attempts else { throw error }
                await control.close()
            }
        }
    }

    private func command(port: Int) -> ServiceProcess.Command {
        ServiceProcess.Command(
            executable: executable,
            arguments: settings.arguments(port: port, directory: volume.dataDirectory))
    }

    private func waitUntilServing() async throws {
        try await process.waitUntilReady(within: Self.startLimit) {
            await self.status(of: Self.name).result == .healthy
        }
    }

    func check(_ node: String) throws {
        guard node == Self.name else {
            throw SystemError(attempt: "find node '\(node)'", reason: "the only node is redis")
        }
    }
}
