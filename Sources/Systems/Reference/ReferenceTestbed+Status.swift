import FaultProxy
import FoundationEssentials
import Playbooks
import Records
import Synchronization

extension ReferenceTestbed {
    /// How often the nodes are asked for their roles.
    private static let rolePeriod = Duration.milliseconds(100)

    func status(of name: String) async -> StatusAnswer {
        guard let node = try? node(name) else {
            return StatusAnswer(result: .unknown, answer: "no node '\(name)'")
        }
        let request = HTTPRequest("GET", port: node.port, path: "/v1/status")
        switch await control.send(request, deadline: .seconds(1)) {
        case .failure(let failure):
            return StatusAnswer(result: .unhealthy, answer: failure.reason.rawValue)
        case .success(let answer):
            guard let status = ReferenceStatus(answer) else {
                return StatusAnswer(result: .unhealthy, answer: "\(answer.status)")
            }
            return StatusAnswer(
                result: .healthy, answer: "\(answer.status)", role: status.nodeRole,
                epoch: status.epoch, value: status.lag)
        }
    }

    func clock(of name: String) async throws -> NodeClock {
        struct Clocks: Decodable {
            var wall_ms: Int64
            var boot_ms: Int64
        }
        struct Document: Decodable {
            var clock: Clocks
        }
        let document: Document? = try await read(
            "/v1/status", on: try node(name), within: .seconds(1))
        guard let clock = document?.clock else {
            throw SystemError(
                attempt: "read the clock of node \(name)", reason: "it knows no status")
        }
        return NodeClock(wall: clock.wall_ms * 1_000_000, boot: clock.boot_ms * 1_000_000)
    }

    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? {
        let client = state.withLock { state in
            let client =
                state.linkClients[link.proxy.name]
                ?? HTTPClient(
                    group: group, maximumConnectionsPerHost: 1, maximumIdle: .seconds(3_600))
            state.linkClients[link.proxy.name] = client
            return client
        }
        let request = HTTPRequest("GET", port: link.proxy.port, path: "/v1/status")
        let clock = ContinuousClock()
        let before = clock.now
        guard case .success = await client.send(request, deadline: deadline) else { return nil }
        return clock.now - before
    }

    func depth(of queue: String, on name: String) async throws -> QueueDepth {
        struct Counts: Decodable {
            var ready: Int
            var delayed: Int
            var leased: Int
            var dead: Int
        }
        let path = "/v1/queues/\(PathText.encoded(queue))"
        let counts: Counts? = try await read(path, on: try node(name))
        // A queue that nobody has put anything into is not known.
        return QueueDepth(
            ready: counts?.ready ?? 0, delayed: counts?.delayed ?? 0, leased: counts?.leased ?? 0,
            dead: counts?.dead ?? 0)
    }

    func deadLetters(of queue: String) async throws -> [MessageIdentifier] {
        struct Letter: Decodable {
            var id: String
            var idempotency_key: String?
            var body: String?
        }
        struct Page: Decodable {
            var messages: [Letter]
            var next: String?
        }
        let node = try primary()
        var letters: [MessageIdentifier] = []
        var after = ""
        while true {
            let path = "/v1/queues/\(PathText.encoded(queue))/dead?limit=500" + after
            guard let page: Page = try await read(path, on: node) else { return letters }
            for letter in page.messages {
                let identifier =
                    letter.idempotency_key.flatMap { MessageIdentifier($0) }
                    ?? letter.body.flatMap { MessageBody.identifier(in: $0.utf8) }
                guard let identifier else {
                    throw SystemError(
                        attempt: "read the dead letters of \(queue)",
                        reason: "message \(letter.id) is none of the workload's")
                }
                letters.append(identifier)
            }
            guard let next = page.next, !page.messages.isEmpty else { return letters }
            after = "&after=\(PathText.encoded(next))"
        }
    }

    /// What a node says of itself; nil when it does not answer.
    func readStatus(of node: ReferenceNode) async -> ReferenceStatus? {
        let request = HTTPRequest("GET", port: node.port, path: "/v1/status")
        guard case .success(let answer) = await control.send(request, deadline: .seconds(1)) else {
            return nil
        }
        return ReferenceStatus(answer)
    }

    /// Asks a node for its role and tells the drill of what changed.
    func pollRole(of node: ReferenceNode) async {
        var claim: ReferenceRoles.Claim?
        if node.process.identity != nil, let status = await readStatus(of: node) {
            claim = (status.nodeRole, status.epoch ?? 0)
        }
        let changes = state.withLock { $0.roles.update(node.name, claim) }
        for change in changes {
            environment.report(
                Event(
                    time: environment.now(), kind: .roleChanged, subject: change.node,
                    message: "node \(change.node) is \(change.role.rawValue)"))
        }
    }

    /// Asks every node at its own pace, so that a hung one does not hide what the others became.
    func watchRoles() async {
        let nodes = state.withLock(\.nodes)
        await withDiscardingTaskGroup { group in
            for node in nodes {
                group.addTask {
                    while !Task.isCancelled {
                        await self.pollRole(of: node)
                        // Cancelled: the loop's condition ends it.
                        try? await Task.sleep(for: Self.rolePeriod)
                    }
                }
            }
        }
    }

    private func primary() throws -> ReferenceNode {
        let (nodes, roles) = state.withLock { ($0.nodes, $0.roles.roles) }
        guard let node = nodes.first(where: { roles[$0.name] == .primary }) else {
            throw SystemError(attempt: "find the primary", reason: "no node is primary now")
        }
        return node
    }

    /// Reads JSON from a node; nil when it answers 404.
    private func read<Value: Decodable>(
        _ path: String, on node: ReferenceNode, within deadline: Duration = .seconds(5)
    ) async throws -> Value? {
        let attempt = "GET \(path) from node \(node.name)"
        let request = HTTPRequest("GET", port: node.port, path: path)
        switch await control.send(request, deadline: deadline) {
        case .failure(let failure):
            throw SystemError(attempt: attempt, reason: failure.description)
        case .success(let answer):
            if answer.status == 404 { return nil }
            guard answer.status == 200 else {
                throw SystemError(
                    attempt: attempt, reason: "\(answer.status) \(answer.text.prefix(200))")
            }
            do {
                return try JSONDecoder().decode(Value.self, from: Data(answer.body))
            } catch {
                throw SystemError(
                    attempt: attempt, reason: "the answer is not what was expected: \(error)")
            }
        }
    }
}
