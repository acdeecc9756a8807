import Playbooks
import Records
import Testing

@testable import Checks

@Suite("The check retries of refused messages")
struct RedeliveriesTests {
    private let follow: [String: ArgumentValue] = ["follow": .string("target.redelivery")]
    private static let policy = RetryPolicy(
        first: .milliseconds(200), factor: 2, cap: .milliseconds(1600), jitter: .full, attempts: 5)

    private var builder: EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.redelivery = Self.policy
        return builder
    }

    @Test(
        "hold for a target that follows its policy", arguments: Array(1...10) as [UInt64],
        [true, false])
    func holds(seed: UInt64, countsDeliveries: Bool) throws {
        var builder = builder
        builder.redeliveries(
            .policy(Self.policy), attempts: 5, seed: seed, countsDeliveries: countsDeliveries)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.figure("gaps") == 400)
        #expect(result.figure("most attempts") == 5)
    }

    @Test("break for constant gaps, and name them", arguments: Array(1...10) as [UInt64])
    func constant(seed: UInt64) throws {
        var builder = builder
        builder.redeliveries(.fixed(0.2), attempts: 5, messages: 30, seed: seed, lateness: 0.1)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("the median gap before retry 3"), "\(result.sentence)")
        #expect(result.sentence.contains("it looks like fixed"), "\(result.sentence)")
    }

    @Test("break for gaps that grow without jitter")
    func noJitter() throws {
        var builder = builder
        var rigid = Self.policy
        rigid.jitter = .none
        builder.redeliveries(.policy(rigid), attempts: 5, lateness: 0.01)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("no jitter"))
    }

    @Test("break when a message comes too often, or is given up too early")
    func number() throws {
        var often = builder
        often.redeliveries(.policy(Self.policy), attempts: 7)
        let result = try often.judge("retries", follow)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("more than 5 attempts (up to 7)"))
        var seldom = builder
        seldom.redeliveries(.policy(Self.policy), attempts: 3)
        #expect(try seldom.judge("retries", follow).sentence.contains("given up before 5"))
    }

    @Test("leave out what met a fault, and say how much")
    func faults() throws {
        var builder = builder
        builder.redeliveries(.policy(Self.policy), attempts: 5)
        builder.fault("process.kill", node: "a", from: 15, to: 20)
        // What came back in the fault's window came late.
        for index in builder.operations.indices
        where builder.operations[index].kind == .reserve
            && builder.operations[index].message?.producer == 1
        {
            let ended = builder.operations[index].ended
            if ended > .at(15), ended < .at(20) { builder.operations[index].ended = .at(20.5) }
        }
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.details.contains { $0.contains("may have met a fault") })
    }

    @Test("name the attempts of judged messages, and apart from them what a fault repeated")
    func repeatedByFault() throws {
        var builder = builder
        builder.redeliveries(.policy(Self.policy), attempts: 5)
        builder.fault("process.kill", node: "a", from: 15, to: 20)
        // A primary that dies forgets who holds a message: the next one delivers it once more.
        let held = try #require(
            builder.operations.first {
                $0.kind == .reserve && $0.message?.producer == 1 && $0.ended > .at(15.5)
                    && $0.ended < .at(17)
            })
        var again = held
        again.ended = held.ended + Nanoseconds(1_000_000_000)
        builder.operations.append(again)
        let result = try builder.judge("retries", follow)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.sentence.contains("at most 5 of 5 attempts"), "\(result.sentence)")
        #expect(result.figure("most attempts") == 5)
        #expect(
            result.details.contains {
                $0.contains("1 message that may have met a fault") && $0.contains("up to 6")
            }, "\(result.details)")
    }

    @Test("leave out what met a stall or a long queue")
    func backlog() throws {
        var builder = builder
        builder.redeliveries(.policy(Self.policy), attempts: 5)
        // From 10 s to 20 s every message waits three seconds for a consumer.
        for index in builder.operations.indices where builder.operations[index].kind == .reserve {
            let ended = builder.operations[index].ended
            guard ended > .at(10), ended < .at(20) else { continue }
            builder.operations[index].ended = ended + Nanoseconds(3_000_000_000)
        }
        let result = try builder.judge("retries", follow)
        #expect(result.status != .broken, "\(result.sentence)")
    }

    @Test("cannot tell without a policy, without refusals, and when all is disturbed")
    func inconclusive() throws {
        var policyless = builder
        policyless.redelivery = nil
        policyless.redeliveries(.policy(Self.policy), attempts: 5)
        #expect(try policyless.judge("retries", follow).status == .inconclusive)
        #expect(try builder.judge("retries", follow).status == .inconclusive)
        var disturbed = builder
        disturbed.redeliveries(.policy(Self.policy), attempts: 5)
        disturbed.fault("disk.fill", node: "a", from: 0, to: 40)
        #expect(try disturbed.judge("retries", follow).status == .inconclusive)
    }

    @Test("survives delivery numbers that cannot be")
    func oddNumbers() throws {
        var builder = builder
        builder.redeliveries(.policy(Self.policy), attempts: 5)
        for index in builder.operations.indices where index % 3 == 0 {
            builder.operations[index].delivery = index % 2 == 0 ? .max : .min
        }
        #expect(try builder.judge("retries", follow).check == "retries:target.redelivery")
    }

    @Test("refuse a workload that cannot see redeliveries")
    func noConsumers() {
        var builder = builder
        builder.playbook.workload.consumers = 0
        #expect(throws: CheckError.self) { try builder.judge("retries", follow) }
    }
}
