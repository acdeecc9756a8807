import Glibc
import Logging
import Synchronization

@testable import ReferenceQueue

/// Nodes in one process that reach each other and the arbiter by function calls, each of which can
/// be cut off as a dead or partitioned process is.
final class Cluster: Sendable {
    private let currentArbiter: Mutex<Arbiter>
    private let directory: String
    private let cut = Mutex<Set<String>>([])
    private let nodes = Mutex<[String: Node]>([:])
    private let running = Mutex<Set<ObjectIdentifier>>([])

    init(directory: String) throws {
        self.directory = directory
        mkdir(directory, 0o700)
        currentArbiter = Mutex(try Arbiter(directory: "\(directory)/arbiter"))
    }

    private var arbiter: Arbiter { currentArbiter.withLock { $0 } }

    /// Puts an arbiter without any record in the arbiter's place.
    func loseRecord() throws {
        let arbiter = try Arbiter(directory: "\(directory)/new-arbiter")
        currentArbiter.withLock { $0 = arbiter }
    }

    /// Makes a node and runs it in a task of the group.
    @discardableResult
    func start(
        _ name: String, peers: [String], in group: inout ThrowingDiscardingTaskGroup<any Error>,
        configure: (inout NodeConfiguration) -> Void = { _ in }
    ) throws -> Node {
        var configuration = NodeConfiguration(name: name, dataDirectory: "\(directory)/\(name)")
        configuration.lease = .seconds(1)
        configuration.standbyTimeout = .milliseconds(400)
        configure(&configuration)
        let links = peers.map {
            PeerLink(name: $0, transport: Wire(from: name, to: $0, cluster: self))
        }
        let node = try Node(
            configuration, leases: GatedLeases(name: name, cluster: self), peers: links,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        node.address.withLock { $0 = "http://\(name)" }
        nodes.withLock { $0[name] = node }
        running.withLock { _ = $0.insert(ObjectIdentifier(node)) }
        group.addTask {
            await node.run()
            self.running.withLock { _ = $0.remove(ObjectIdentifier(node)) }
        }
        return node
    }

    /// Nothing reaches the node or comes from it any more.
    func cutOff(_ name: String) { cut.withLock { _ = $0.insert(name) } }

    /// Undoes `cutOff`.
    func restore(_ name: String) { cut.withLock { _ = $0.remove(name) } }

    /// Who may become the primary.
    func eligible() async -> Set<String> { Set(await arbiter.status.record.eligible.map(\.name)) }

    /// Ends a node, which writes no more when this returns.
    func end(_ name: String) async {
        guard let node = nodes.withLock({ $0.removeValue(forKey: name) }) else { return }
        await node.stop()
        _ = await eventually { running.withLock { !$0.contains(ObjectIdentifier(node)) } }
    }

    /// Where a node keeps its data.
    func directory(of name: String) -> String { "\(directory)/\(name)" }

    /// How far the arbiter knows a node to have got.
    func recordedPosition(of name: String) async -> CommitPosition? {
        await arbiter.status.record.eligible.first { $0.name == name }?.position
    }

    /// Ends every node.
    func stop() async {
        for node in nodes.withLock({ Array($0.values) }) { await node.stop() }
    }

    struct Unreachable: Error {}

    private func check(_ names: String...) throws {
        guard cut.withLock({ $0.isDisjoint(with: names) }) else { throw Unreachable() }
    }

    private struct GatedLeases: LeaseStore {
        let name: String
        let cluster: Cluster

        func perform(_ request: LeaseRequest) async throws -> LeaseView {
            try cluster.check(name)
            let view = try await cluster.arbiter.perform(request)
            try cluster.check(name)
            return view
        }
    }

    private struct Wire: ReplicationTransport {
        let from: String
        let to: String
        let cluster: Cluster

        func send(
            _ request: ReplicationRequest, timeout: Duration
        ) async throws -> ReplicationAnswer {
            try cluster.check(from, to)
            guard let node = cluster.nodes.withLock({ $0[to] }) else { throw Unreachable() }
            var buffer = request.buffer
            let answer = await node.replicated(try ReplicationRequest(&buffer))
            try cluster.check(from, to)
            return answer
        }
    }
}

extension Node {
    var isServing: Bool {
        shared.withLock { $0.queue.servingEpoch != nil && $0.role.lostAt == nil }
    }

    var position: CommitPosition { shared.withLock { $0.position } }

    /// Every message's body.
    var bodies: Set<String> {
        shared.withLock { Set($0.queue.entries.values.map(\.message.body)) }
    }

    /// Enqueues one message after the other; gives those that were acknowledged.
    func enqueue(_ bodies: [String]) async -> Set<String> {
        var acknowledged: Set<String> = []
        for body in bodies {
            let message = NewMessage(body: body, idempotencyKey: body)
            if (try? await enqueue([message], queue: "jobs")) != nil { acknowledged.insert(body) }
        }
        return acknowledged
    }
}

/// Waits until a condition holds; false after twenty seconds.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
