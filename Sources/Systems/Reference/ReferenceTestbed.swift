import FaultProxy
import NIOCore
import NIOPosix
import Playbooks
import Records
import Synchronization

/// A running reference service: nodes, their arbiter, and a proxy on every way between them.
///
/// Clients reach a node through its own proxy only, and nodes reach each other through one proxy
/// for each direction, as they reach the arbiter, so that any of these ways can be disturbed by
/// itself.
final class ReferenceTestbed: Testbed {
    struct State {
        var nodes: [ReferenceNode] = []
        var arbiterPort = 0
        var roles = ReferenceRoles()
        var watch: Task<Void, Never>?
        var linkClients: [String: HTTPClient] = [:]
    }

    /// What links call the arbiter.
    static let arbiterName = "arbiter"
    /// How long a service may take until it has a primary.
    static let startLimit = Duration.seconds(30)

    let wire = WireLog()
    let settings: ReferenceSettings
    let nodeNames: [String]
    let command: ReferenceCommand
    let environment: TestbedEnvironment
    let arbiter: ServiceProcess
    let arbiterVolume: NodeVolume
    let group = MultiThreadedEventLoopGroup.singleton
    /// Asks the nodes around the proxies.
    let control: HTTPClient
    let state = Mutex(State())

    init(
        settings: ReferenceSettings, executable: String, nodeNames: [String],
        environment: TestbedEnvironment
    ) {
        self.settings = settings
        self.nodeNames = nodeNames
        self.environment = environment
        command = ReferenceCommand(
            settings: settings, executable: executable,
            clusterToken: ReferenceCommand.randomToken())
        arbiter = ServiceProcess(name: Self.arbiterName, environment: environment)
        arbiterVolume = NodeVolume(
            name: Self.arbiterName, storage: .directory, environment: environment)
        control = HTTPClient(group: group, maximumConnectionsPerHost: 8)
    }

    var redelivery: RetryPolicy? { settings.redelivery }

    var links: [TestbedLink] {
        let nodes = state.withLock(\.nodes)
        let clients = nodes.map {
            TestbedLink(source: "clients", destination: $0.name, proxy: $0.link)
        }
        let peers = nodes.flatMap { node in
            node.peers.sorted { $0.key < $1.key }.map { peer, proxy in
                TestbedLink(source: node.name, destination: peer, proxy: proxy)
            }
        }
        let arbiters = nodes.compactMap { node in
            node.arbiterLink.map {
                TestbedLink(source: node.name, destination: Self.arbiterName, proxy: $0)
            }
        }
        return clients + peers + arbiters
    }

    func nodes() async -> [NodeState] {
        state.withLock { state in
            state.nodes.map { node in
                let process = node.process.identity
                return NodeState(
                    name: node.name,
                    role: process == nil ? .unknown : state.roles.roles[node.name] ?? .unknown,
                    process: process, dataDirectory: node.volume.dataDirectory,
                    fileSystem: node.volume.fileSystem, port: node.port)
            }
        }
    }

    func makeClient() async throws -> any QueueClient {
        let nodes = state.withLock(\.nodes)
        let client = HTTPClient(
            group: group, maximumConnectionsPerHost: 256, maximumWaitingPerHost: 8_192)
        return ReferenceClient(
            client: client,
            ports: Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.link.port) }))
    }

    func restart(node name: String) async throws { try await restart(name, clockOffset: nil) }

    func restart(node name: String, clockOffset offset: Duration) async throws {
        try await restart(name, clockOffset: offset)
    }

    private func restart(_ name: String, clockOffset: Duration?) async throws {
        let node = try node(name)
        var command = self.command(for: node)
        command.clockOffset = clockOffset
        try await node.process.start(command)
        try await node.process.waitUntilReady(within: Self.startLimit) {
            await self.readStatus(of: node) != nil
        }
        environment.report(
            Event(
                time: environment.now(), kind: .nodeRestarted, subject: name,
                message: "node \(name) answers again on 127.0.0.1:\(node.port)"))
    }

    func remount(node name: String) async throws {
        let node = try node(name)
        guard node.process.identity == nil else {
            throw SystemError(attempt: "mount the disk of node \(name) anew", reason: "it runs")
        }
        try await node.volume.remount()
    }

    func address(of node: String) -> String? {
        state.withLock { $0.nodes.first { $0.name == node } }.map { ReferenceCommand.url($0.port) }
    }

    func stop() async -> [Comparison] {
        let (nodes, watch, linkClients) = state.withLock { state in
            defer {
                state.watch = nil
                state.linkClients = [:]
            }
            return (state.nodes, state.watch, Array(state.linkClients.values))
        }
        watch?.cancel()
        await watch?.value
        var comparisons: [Comparison] = []
        // All at once: each may take its grace, a stopped or hung one all of it.
        await withTaskGroup(of: Comparison.self) { group in
            for node in nodes { group.addTask { await node.process.stop(grace: .seconds(3)) } }
            for await comparison in group { comparisons.append(comparison) }
        }
        comparisons.sort { $0.what < $1.what }
        comparisons.append(await arbiter.stop(grace: .seconds(3)))
        for client in linkClients { await client.close() }
        await control.close()
        for node in nodes {
            await node.link.stop()
            for proxy in node.peers.values { await proxy.stop() }
            await node.arbiterLink?.stop()
            comparisons += await node.volume.remove()
        }
        return comparisons + (await arbiterVolume.remove())
    }

    func node(_ name: String) throws -> ReferenceNode {
        guard let node = state.withLock({ $0.nodes.first { $0.name == name } }) else {
            throw SystemError(
                attempt: "find node '\(name)'", reason: "there is none of this name",
                remedy: "the nodes are \(nodeNames.joined(separator: ", "))")
        }
        return node
    }

    func command(for node: ReferenceNode) -> ServiceProcess.Command {
        command.node(
            node.name, port: node.port, directory: node.volume.dataDirectory,
            arbiter: node.arbiterLink?.port,
            peers: node.peers.mapValues(\.port), advertised: node.link.port)
    }
}
