import Playbooks
import Records
import Systems
import Testing

@testable import Workloads

@Suite("The retry machine")
struct RetryMachineTests {
    private func machine(attempts: Int = 8) -> RetryMachine {
        let policy = RetryPolicy(first: .milliseconds(100), jitter: .none, attempts: attempts)
        return RetryMachine(
            schedule: RetrySchedule(
                policy: policy, seed: 1, message: .init(producer: 0, sequence: 0)),
            attempts: attempts, nodes: ["a", "b", "c"], first: "a")
    }

    private func failed(
        redirect: String? = nil, retryAfter: Duration? = nil, isFinal: Bool = false
    ) -> Answer<Void> {
        .failed(answer: "x", redirect: redirect, retryAfter: retryAfter, isFinal: isFinal)
    }

    private let unknown: Answer<Void> = .indeterminate(answer: "timeout")

    @Test("Failures walk through the nodes in a circle, the gaps doubling")
    func circle() {
        var machine = machine()
        let actions = (0..<4).map { _ in machine.next(after: failed(), withdraw: { true }) }
        #expect(
            actions == [
                .retry(node: "b", after: .milliseconds(100)),
                .retry(node: "c", after: .milliseconds(200)),
                .retry(node: "a", after: .milliseconds(400)),
                .retry(node: "b", after: .milliseconds(800)),
            ])
    }

    @Test("A redirect costs an attempt but no backoff, and only one comes between two backoffs")
    func redirects() {
        var machine = machine(attempts: 4)
        #expect(
            machine.next(after: failed(redirect: "b"), withdraw: { true }) == .redirect(node: "b"))
        #expect(
            machine.next(after: failed(redirect: "a"), withdraw: { true })
                == .retry(node: "a", after: .milliseconds(100)))
        #expect(
            machine.next(after: failed(redirect: "c"), withdraw: { true }) == .redirect(node: "c"))
        #expect(machine.next(after: failed(redirect: "a"), withdraw: { true }) == .finish(.failed))
    }

    @Test("A redirect to the same node, or to one that nobody knows, is a failure like any other")
    func strangeRedirects() {
        for target in ["a", "elsewhere"] {
            var machine = machine()
            #expect(
                machine.next(after: failed(redirect: target), withdraw: { true })
                    == .retry(node: "b", after: .milliseconds(100)))
        }
    }

    @Test("A Retry-After keeps to its node and is honoured")
    func retryAfter() {
        var machine = machine()
        #expect(
            machine.next(after: failed(retryAfter: .seconds(1)), withdraw: { true })
                == .retry(node: "a", after: .seconds(1)))
        #expect(
            machine.next(after: failed(retryAfter: .seconds(3_600)), withdraw: { true })
                == .finish(.failed))
    }

    @Test("One uncertain attempt makes the whole uncertain, unless one is ok")
    func uncertainty() {
        var machine = machine(attempts: 3)
        _ = machine.next(after: unknown, withdraw: { true })
        _ = machine.next(after: failed(), withdraw: { true })
        var other = machine
        #expect(machine.next(after: failed(), withdraw: { true }) == .finish(.indeterminate))
        #expect(other.next(after: .ok((), answer: "201"), withdraw: { true }) == .finish(.ok))
    }

    @Test("A final failure and an empty budget end the retries")
    func ends() {
        var rejected = machine()
        #expect(
            rejected.next(after: failed(isFinal: true), withdraw: { true }) == .finish(.failed))
        var poor = machine()
        #expect(poor.next(after: failed(), withdraw: { false }) == .finish(.failed))
    }
}
