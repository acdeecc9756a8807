import Playbooks
import Records
import Testing

@testable import Checks

@Suite("The check retries of producers")
struct ClientRetriesTests {
    private let follow: [String: ArgumentValue] = ["follow": .string("workload.client.retry")]

    private static func policy(_ jitter: RetryPolicy.Jitter) -> RetryPolicy {
        RetryPolicy(
            first: .milliseconds(100), factor: 2, cap: .seconds(2), jitter: jitter, attempts: 8)
    }

    private func builder(_ jitter: RetryPolicy.Jitter = .full) -> EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.playbook.workload.retry = Self.policy(jitter)
        return builder
    }

    @Test(
        "hold for a client that follows its policy", arguments: RetryPolicy.Jitter.allCases,
        Array(1...10) as [UInt64])
    func holds(jitter: RetryPolicy.Jitter, seed: UInt64) throws {
        var builder = builder(jitter)
        builder.retries(.policy(Self.policy(jitter)), seed: seed)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.check == "retries:workload.client.retry")
        #expect(result.figure("gaps") == 500)
        #expect(result.details.contains("the proxy saw 500 of 500 retries"))
    }

    @Test("hold when requests that were sent in time reach the proxy late", arguments: 1...5)
    func busyHost(seed: UInt64) throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)), seed: seed, transit: 0.25)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
    }

    @Test("break for a wrong wait although requests reach the proxy late")
    func wrongOnBusyHost() throws {
        var builder = builder()
        builder.retries(.fixed(0.5), transit: 0.25)
        #expect(try builder.judge("retries", follow).status == .broken)
    }

    @Test(
        "break for every other way to wait",
        arguments: [
            (RetryPolicy.Jitter.full, Waiting.fixed(0.1), "fixed 105 ms without jitter"),
            (.full, .fixed(0.2), "without jitter"),
            (.full, .policy(policy(.none)), "without jitter"),
            (.full, .policy(policy(.equal)), "a little jitter"),
            (.full, .uniform(0...0.1), "fixed"),
            (.equal, .policy(policy(.full)), "full jitter"),
            (.equal, .policy(policy(.none)), "gaps growing by 2.0"),
            (.none, .policy(policy(.full)), "full jitter"),
            (.none, .fixed(0.1), "fixed"),
            (.none, .uniform(0...2), "fixed"),
            (.full, .fixed(0), "fixed"),
            (.full, .fixed(5), "fixed 5.00 s without jitter"),
        ])
    func breaks(jitter: RetryPolicy.Jitter, waiting: Waiting, looks: String) throws {
        var builder = builder(jitter)
        builder.retries(waiting)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .broken, "\(result.sentence)")
        #expect(result.sentence.contains(looks), "\(result.sentence)")
    }

    @Test("break when a message is tried more often than allowed")
    func tooManyAttempts() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)), failures: 9)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("100 messages had more than 8 attempts (up to 10)"))
    }

    @Test("break when the wire shows attempts that the client does not own up to")
    func hiddenAttempts() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)))
        let hidden = builder.wire
        builder.wire += hidden + hidden
        #expect(try builder.judge("retries", follow).status == .broken)
    }

    @Test("break when the client tries again what no retry can mend")
    func finalAnswer() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)), answer: "413")
        #expect(try builder.judge("retries", follow).status == .broken)
    }

    @Test("hold when a redirect is followed at once")
    func redirects() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)), redirectFirst: true)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.details.contains("100 gaps left out that followed a redirect"))
    }

    @Test("leave out gaps after answers that may name a wait")
    func retryAfter() throws {
        var builder = builder()
        builder.retries(.fixed(1), answer: "429")
        #expect(try builder.judge("retries", follow).status == .inconclusive)
    }

    @Test("hold or break by the budget")
    func budget() throws {
        var builder = builder()
        builder.playbook.workload.retry.budget = .percent(20)
        builder.retries(.policy(Self.policy(.full)))
        let broken = try builder.judge("retries", follow)
        #expect(broken.status == .broken)
        #expect(broken.sentence.contains("20.0 % is the budget"))
        for index in 0..<3000 { builder.enqueue(at: 20 + Double(index) * 0.001) }
        #expect(try builder.judge("retries", follow).status == .held)
    }

    @Test("count the attempts beside the requests of fault windows")
    func amplification() throws {
        var builder = builder()
        builder.fault("process.kill", node: "a", from: 10, to: 20)
        builder.retries(.policy(Self.policy(.full)))
        let result = try builder.judge("retries", follow)
        #expect((result.figure("amplification in faults") ?? 0) > 5)
    }

    @Test("judge by the client's clock alone when no proxy was there, and say so")
    func withoutWire() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)))
        builder.wire = []
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held)
        #expect(result.details.contains { $0.contains("the client's own record") })
    }

    @Test("never take an earlier attempt's arrival for a later one's")
    func quickRetries() throws {
        var builder = builder(.none)
        builder.retries(.fixed(0))
        let result = try builder.judge("retries", follow)
        #expect(!result.details.contains { $0.contains("from -") }, "\(result.details)")
    }

    @Test("cannot tell from too few retries, or from retries of one kind alone")
    func few() throws {
        #expect(try builder().judge("retries", follow).status == .inconclusive)
        var few = builder()
        few.retries(.policy(Self.policy(.full)), messages: 4, failures: 2)
        #expect(try few.judge("retries", follow).status == .inconclusive)
        var shallow = builder()
        shallow.retries(.policy(Self.policy(.full)), failures: 1)
        let result = try shallow.judge("retries", follow)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("growth cannot be seen"))
    }

    @Test("forgive single late gaps on a busy host")
    func outliers() throws {
        var builder = builder()
        builder.retries(.policy(Self.policy(.full)))
        for index in builder.operations.indices where index % 50 == 0 {
            let attempts = builder.operations[index].attempts
            let late = Nanoseconds(3_000_000_000)
            builder.operations[index].attempts[5].started = attempts[5].started + late
            builder.operations[index].attempts[5].ended = attempts[5].ended + late
        }
        builder.wire = []
        #expect(try builder.judge("retries", follow).status == .held)
    }

    @Test("refuse to follow what is no policy")
    func unknownPolicy() {
        #expect(throws: CheckError.self) { try builder().judge("retries") }
        #expect(throws: CheckError.self) {
            try builder().judge("retries", ["follow": .string("workload.retry")])
        }
    }
}
