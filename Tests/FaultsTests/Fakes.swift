import FaultProxy
import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Undo

@testable import Faults

/// What happened, in order, whoever did it.
final class Journal: Sendable {
    private let state = Mutex<[String]>([])

    var entries: [String] { state.withLock { $0 } }

    func add(_ entry: String) { state.withLock { $0.append(entry) } }
}

struct Trouble: Error {}

/// An undo stack that notes its calls, and fails at one on request.
final class FakeUndoStack: UndoStack {
    let journal: Journal
    let failingCall: String?
    /// Until when each record waits for the drill, as last said.
    private let deadlines = Mutex<[String: Int64]>([:])

    init(journal: Journal, failingCall: String? = nil) {
        self.journal = journal
        self.failingCall = failingCall
    }

    func push(_ record: UndoRecord) async throws -> UndoReceipt {
        try note("push", record.identifier)
        deadlines.withLock { $0[record.identifier] = record.deadline }
        let now = MonotonicClock.now
        return UndoReceipt(recordedAt: now, acknowledgedAt: now)
    }

    func update(_ record: UndoRecord) async throws { try note("update", record.identifier) }

    func postpone(_ identifier: String, until deadline: Int64) async throws {
        deadlines.withLock { $0[identifier] = deadline }
        if failingCall == "postpone" { throw Trouble() }
    }

    func close(_ identifier: String) async throws { try note("close", identifier) }

    func deadline(of identifier: String) -> Int64? { deadlines.withLock { $0[identifier] } }

    private func note(_ call: String, _ identifier: String) throws {
        journal.add("\(call) \(identifier)")
        if call == failingCall { throw Trouble() }
    }
}

/// A clock that stands still but for the waits of its users.
final class FakeClock: Sendable {
    private struct State {
        var now: Int64 = 0
        var last = 0
        /// When each sleeper wants to be woken.
        var sleepers: [Int: Int64] = [:]
    }

    private let state = Mutex(State())

    var now: DrillTime { DrillTime(nanoseconds: state.withLock { $0.now }) }

    /// Whoever wants to be woken first moves the time on, so that no task runs ahead of another.
    func sleep(_ duration: Duration) async throws {
        let (ticket, end) = state.withLock { state in
            state.last += 1
            let end = state.now + max(0, duration.nanoseconds)
            state.sleepers[state.last] = end
            return (state.last, end)
        }
        defer { state.withLock { _ = $0.sleepers.removeValue(forKey: ticket) } }
        repeat {
            try Task.checkCancellation()
            // Others that run now come here too before the time moves on.
            for _ in 0..<64 { await Task.yield() }
            sched_yield()
        } while !state.withLock { state in
            guard state.sleepers.allSatisfy({ end <= $0.value }) else { return false }
            state.now = max(state.now, end)
            return true
        }
    }
}

/// A testbed of nodes that tests describe.
final class FakeTestbed: Testbed {
    private let states: Mutex<[NodeState]>
    /// The processes that restarts bring, in this order; afterwards one that does not exist.
    private let successors: Mutex<[ProcessIdentity]>
    private let trip: @Sendable (TestbedLink) -> Duration?
    /// Makes real trips instead.
    private let ask: (@Sendable () async throws -> Duration)?
    private let clock: FakeClock?
    private let health: ProbeSample.Result
    let links: [TestbedLink]
    let journal: Journal
    let redelivery: RetryPolicy? = nil
    let wire = WireLog()

    init(
        _ nodes: [NodeState], links: [TestbedLink] = [], journal: Journal = Journal(),
        clock: FakeClock? = nil, health: ProbeSample.Result = .healthy,
        successors: [ProcessIdentity] = [],
        readClock: (@Sendable (String) -> NodeClock?)? = nil,
        trip: @escaping @Sendable (TestbedLink) -> Duration? = { _ in nil },
        ask: (@Sendable () async throws -> Duration)? = nil
    ) {
        self.ask = ask
        self.readClock = readClock
        self.health = health
        states = Mutex(nodes)
        self.successors = Mutex(successors)
        self.links = links
        self.journal = journal
        self.clock = clock
        self.trip = trip
    }

    func nodes() async -> [NodeState] { states.withLock { $0 } }

    func update(_ name: String, _ change: (inout NodeState) -> Void) {
        states.withLock { states in
            for index in states.indices where states[index].name == name { change(&states[index]) }
        }
    }

    func restart(node: String) async throws {
        journal.add("restart \(node)")
        let next = successors.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        update(node) { $0.process = next ?? ProcessIdentity(pid: 99_999_999, startTime: 1) }
    }

    func remount(node: String) async throws { journal.add("remount \(node)") }

    func status(of node: String) async -> StatusAnswer {
        StatusAnswer(result: health, answer: "200")
    }

    /// What the nodes take the time for; nobody shows a clock without it.
    let readClock: (@Sendable (String) -> NodeClock?)?

    func clock(of node: String) async throws -> NodeClock {
        guard let clock = readClock?(node) else { throw Trouble() }
        return clock
    }

    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? {
        if let ask { return try? await ask() }
        let time = trip(link)
        try? await clock?.sleep(min(time ?? deadline, deadline))
        return time
    }

    func makeClient() async throws -> any QueueClient { throw Trouble() }
    func address(of node: String) -> String? { nil }
    func depth(of queue: String, on node: String) async throws -> QueueDepth { throw Trouble() }
    func deadLetters(of queue: String) async throws -> [MessageIdentifier] { [] }
    func stop() async -> [Comparison] { [] }
}

extension NodeState {
    static func fake(
        _ name: String, _ role: NodeRole, process: ProcessIdentity? = nil,
        fileSystem: String? = nil
    ) -> NodeState {
        NodeState(
            name: name, role: role, process: process, dataDirectory: "/run/drill/\(name)",
            fileSystem: fileSystem, port: 1)
    }
}

extension HostCapabilities {
    static func fake(
        netem: Bool = false, nftables: Bool = false, administration: Bool = true
    ) -> HostCapabilities {
        HostCapabilities(
            netem: Capability("netem", isPresent: netem, reason: "Object not found"),
            networkAdministration: Capability(
                "CAP_NET_ADMIN", isPresent: administration, reason: ""),
            systemAdministration: Capability("CAP_SYS_ADMIN", isPresent: true, reason: ""),
            nftables: Capability("nftables", isPresent: nftables, reason: "no nf_tables"),
            isRoot: true)
    }
}

extension FaultContext {
    /// A context whose undo stack and reports go to `journal`.
    static func fake(
        _ journal: Journal, testbed: (any Testbed)? = nil, limits: Limits = Limits(),
        failingCall: String? = nil, clock: FakeClock? = nil, host: HostCapabilities = .fake()
    ) -> FaultContext {
        var context = FaultContext(
            testbed: testbed, undo: FakeUndoStack(journal: journal, failingCall: failingCall),
            limits: limits, host: host,
            now: { clock?.now ?? DrillTime(nanoseconds: MonotonicClock.now) }, seed: 7,
            report: { journal.add($0.kind.rawValue) }, limitsUsed: LimitsUse())
        if let clock { context.sleep = { try await clock.sleep($0) } }
        return context
    }
}
