import FaultProxy
import Kernel
import Playbooks
import Probes
import Records
import Synchronization
import Systems

/// A testbed of the tests' own, whose nodes and answers a test sets.
final class FakeTestbed: Testbed {
    private let state: Mutex<[NodeState]>
    private let answers: [String: StatusAnswer]
    private let ports: [String: Int]

    init(
        _ nodes: [NodeState], answers: [String: StatusAnswer] = [:], ports: [String: Int] = [:]
    ) {
        state = Mutex(nodes)
        self.answers = answers
        self.ports = ports
    }

    static func node(_ name: String, _ role: NodeRole, port: Int = 1) -> NodeState {
        NodeState(
            name: name, role: role, process: nil, dataDirectory: "/nowhere", fileSystem: nil,
            port: port)
    }

    func set(_ nodes: [NodeState]) { state.withLock { $0 = nodes } }

    func nodes() async -> [NodeState] { state.withLock { $0 } }

    func status(of node: String) async -> StatusAnswer {
        answers[node] ?? StatusAnswer(result: .unhealthy, answer: "connection refused")
    }

    func address(of node: String) -> String? { ports[node].map { "http://127.0.0.1:\($0)" } }

    struct Unused: Error {}

    var links: [TestbedLink] { [] }
    var redelivery: RetryPolicy? { nil }
    var wire: WireLog { WireLog() }
    func makeClient() async throws -> any QueueClient { throw Unused() }
    func restart(node: String) async throws { throw Unused() }
    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? { nil }
    func depth(of queue: String, on node: String) async throws -> QueueDepth { throw Unused() }
    func deadLetters(of queue: String) async throws -> [MessageIdentifier] { throw Unused() }
    func stop() async -> [Comparison] { [] }
}

/// A clock that moves only when a test or a sleeper moves it.
final class FakeClock: Sendable {
    private let time = Mutex<Int64>(0)

    var now: DrillTime { DrillTime(nanoseconds: time.withLock { $0 }) }

    func advance(by duration: Duration) {
        time.withLock { $0 += Nanoseconds(duration).count }
    }
}

/// Collects what a probe's runner records.
final class Recorder: Sendable {
    private let state = Mutex<[ProbeSample]>([])

    var samples: [ProbeSample] { state.withLock { $0 } }

    func record(_ sample: ProbeSample) { state.withLock { $0.append(sample) } }
}

extension ProbeContext {
    /// A context on the real clock.
    static func real(
        _ testbed: (any Testbed)? = nil, bound: Duration = .seconds(20)
    ) -> ProbeContext {
        let start = MonotonicClock.now
        return ProbeContext(
            testbed: testbed, now: { DrillTime(nanoseconds: MonotonicClock.now - start) },
            bound: bound)
    }
}
