public import Playbooks
import Records

/// No target of the drill's own, for playbooks that only probe what runs already.
public struct NoSystem: SystemUnderTest {
    public static let declaration = KindDeclaration(
        kind: "none", summary: "No testbed: a playbook of probes alone.")

    public init(target: Target) throws {}

    public var nodeNames: [String] { [] }

    public var mountsFileSystems: Bool { false }
    public var storage: TestbedStorage { TestbedStorage() }

    public func plannedTestbed() -> [String] { [] }

    public func start(in environment: TestbedEnvironment) async throws -> any Testbed {
        EmptyTestbed()
    }
}

/// A testbed without a node: there is nobody to ask and nothing to stop.
struct EmptyTestbed: Testbed {
    let wire = WireLog()
    let links: [TestbedLink] = []
    let redelivery: RetryPolicy? = nil

    func nodes() async -> [NodeState] { [] }

    func makeClient() async throws -> any QueueClient { throw nobody("make a client") }

    func restart(node: String) async throws { throw nobody("restart node '\(node)'") }

    func status(of node: String) async -> StatusAnswer {
        StatusAnswer(result: .unknown, answer: "no node '\(node)'")
    }

    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? { nil }

    func address(of node: String) -> String? { nil }

    func depth(of queue: String, on node: String) async throws -> QueueDepth {
        throw nobody("count queue '\(queue)'")
    }

    func deadLetters(of queue: String) async throws -> [MessageIdentifier] {
        throw nobody("read the dead letters of '\(queue)'")
    }

    func stop() async -> [Comparison] { [] }

    private func nobody(_ attempt: String) -> SystemError {
        SystemError(
            attempt: attempt, reason: "the target's kind is none",
            remedy: "give the playbook a target with nodes")
    }
}
