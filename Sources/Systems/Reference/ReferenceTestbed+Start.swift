import FaultProxy
import Playbooks
import Records
import Synchronization

extension ReferenceTestbed {
    /// Starts the arbiter, the proxies and the nodes, and returns when there is a primary and every
    /// standby is attached to it.
    func start() async throws {
        if settings.nodes > 1 { try await startArbiter(attempts: 3) }
        try await makeNodes()
        for name in nodeNames { try await startNode(name, attempts: 3) }
        try await waitForRoles()
        // Unstructured, because it goes on until `stop`, which cancels and awaits it.
        let watch = Task { await self.watchRoles() }
        state.withLock { $0.watch = watch }
    }

    private func startArbiter(attempts: Int) async throws {
        try await arbiterVolume.prepare()
        try await retryingPorts(attempts: attempts, of: arbiter) { port in
            self.state.withLock { $0.arbiterPort = port }
            try await self.arbiter.start(
                self.command.arbiter(port: port, directory: self.arbiterVolume.dataDirectory))
            try await self.arbiter.waitUntilReady(within: Self.startLimit) {
                let request = HTTPRequest("GET", port: port, path: "/healthz")
                // Whatever it answers, it listens.
                return (try? await self.control.send(request, deadline: .seconds(1)).get()) != nil
            }
        }
    }

    /// Makes places and proxies; the nodes' ports follow when they start.
    private func makeNodes() async throws {
        for name in nodeNames {
            let volume = NodeVolume(
                name: name, storage: settings.storage, environment: environment)
            let link = try await FaultProxy.start(
                name: "clients to \(name)", upstreamPort: try await LoopbackPort.pick(),
                group: group,
                tap: WireTap<ReferenceScanner>(node: name, log: wire, now: environment.now),
                seed: environment.seed)
            let node = ReferenceNode(
                name: name, volume: volume,
                process: ServiceProcess(name: name, environment: environment),
                port: link.upstreamPort, link: link)
            // Known before its place is made, so that `stop` removes what a failure leaves.
            state.withLock { $0.nodes.append(node) }
            try await volume.prepare()
        }
        for name in nodeNames {
            for peer in nodeNames where peer != name {
                let proxy = try await FaultProxy.start(
                    name: "\(name) to \(peer)", upstreamPort: try node(peer).port, group: group,
                    seed: environment.seed)
                change(name) { $0.peers[peer] = proxy }
            }
            guard settings.nodes > 1 else { continue }
            let proxy = try await FaultProxy.start(
                name: "\(name) to \(Self.arbiterName)",
                upstreamPort: state.withLock(\.arbiterPort), group: group, seed: environment.seed)
            change(name) { $0.arbiterLink = proxy }
        }
    }

    private func startNode(_ name: String, attempts: Int) async throws {
        try await retryingPorts(attempts: attempts, of: try node(name).process) { port in
            let node = self.moved(name, to: port)
            try await node.process.start(self.command(for: node))
            try await node.process.waitUntilReady(within: Self.startLimit) {
                await self.readStatus(of: node) != nil
            }
        }
        let port = try node(name).port
        environment.report(
            Event(
                time: environment.now(), kind: .nodeStarted, subject: name,
                message: "node \(name) listens on 127.0.0.1:\(port)"))
    }

    /// Runs `body` with a free port, again with another one when somebody took it first.
    private func retryingPorts(
        attempts: Int, of process: ServiceProcess, _ body: (Int) async throws -> Void
    ) async throws {
        for attempt in 1...attempts {
            do {
                return try await body(try await LoopbackPort.pick())
            } catch {
                let isTaken = process.logTail(lines: 20).lowercased().contains("in use")
                guard isTaken, attempt < attempts else { throw error }
            }
        }
    }

    /// Gives a node a port, and tells every proxy on the way to it.
    private func moved(_ name: String, to port: Int) -> ReferenceNode {
        change(name) { $0.port = port }
        let nodes = state.withLock(\.nodes)
        for node in nodes {
            if node.name == name { node.link.setUpstream(port: port) }
            node.peers[name]?.setUpstream(port: port)
        }
        return nodes.first { $0.name == name } ?? nodes[0]
    }

    private func change(_ name: String, _ body: (inout ReferenceNode) -> Void) {
        state.withLock { state in
            for index in state.nodes.indices where state.nodes[index].name == name {
                body(&state.nodes[index])
            }
        }
    }

    private func waitForRoles() async throws {
        let nodes = state.withLock(\.nodes)
        for node in nodes {
            try await node.process.waitUntilReady(within: Self.startLimit) {
                await self.isServing(nodes)
            }
        }
    }

    /// Whether one node serves as primary, and every other one is attached to it as a standby.
    private func isServing(_ nodes: [ReferenceNode]) async -> Bool {
        for node in nodes { await pollRole(of: node) }
        let roles = state.withLock(\.roles.roles)
        let primaries = nodes.filter { roles[$0.name] == .primary }
        guard primaries.count == 1, let primary = primaries.first,
            roles.values.count(where: { $0 == .standby }) == nodes.count - 1,
            await readStatus(of: primary)?.attachedStandbys == nodes.count - 1
        else { return false }
        // A node calls itself primary a moment before it serves. This queue never holds anything.
        let request = HTTPRequest(
            "POST", port: primary.port, path: "/v1/queues/firedrill-start/reserve",
            fields: [HTTPField("Content-Type", "application/json")],
            body: Array(#"{"wait_ms":0,"lease_ms":1000}"#.utf8))
        guard case .success(let answer) = await control.send(request, deadline: .seconds(1)) else {
            return false
        }
        return answer.status == 204
    }
}
