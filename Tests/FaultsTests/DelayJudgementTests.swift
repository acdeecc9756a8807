import Playbooks
import Records
import Testing

@testable import Faults

@Suite("The judgement of a delay")
struct DelayJudgementTests {
    private func proof(
        delay: Int, jitter: Int = 0, added: Int, count: Int = 20, needed: Int = 20
    ) -> EffectProof {
        let judgement = DelayJudgement(
            delay: .milliseconds(delay), jitter: .milliseconds(jitter), neededSamples: needed)
        let before = (0..<count).map { Duration.microseconds(900 + 10 * $0) }
        let during = before.map { $0 + .milliseconds(added) }
        return judgement.proof(
            links: ["clients to a"], before: [before], during: [during], after: nil)
    }

    @Test(
        "confirms what is within a fifth or 3 ms, and nothing else",
        arguments: [
            (delay: 100, added: 100, verdict: .confirmed), (100, 119, .confirmed),
            (100, 125, .mismatch), (100, 75, .mismatch), (100, 0, .mismatch),
            (5, 7, .confirmed), (5, 0, .mismatch), (1, 5, .mismatch),
        ] as [(delay: Int, added: Int, verdict: FaultRecord.Injection)])
    func tolerance(delay: Int, added: Int, verdict: FaultRecord.Injection) {
        #expect(proof(delay: delay, added: added).injection == verdict)
    }

    @Test("gives jitter the room that so few samples need")
    func jitter() {
        #expect(proof(delay: 10, jitter: 10, added: 16).injection == .confirmed)
        #expect(proof(delay: 10, jitter: 0, added: 16).injection == .mismatch)
    }

    @Test("cannot tell from too few trips", arguments: [0, 1, 19])
    func tooFew(count: Int) {
        let proof = proof(delay: 100, added: 100, count: count)
        #expect(proof.injection == .unproven)
        #expect(proof.sentence.contains("\(count) round trips"))
    }

    @Test("is not fooled by one trip that took long")
    func outlier() {
        let judgement = DelayJudgement(
            delay: .milliseconds(50), jitter: .zero, neededSamples: 20)
        let before = [Duration](repeating: .milliseconds(1), count: 20)
        var during = before
        during[3] = .seconds(2)
        let proof = judgement.proof(links: ["l"], before: [before], during: [during], after: nil)
        #expect(proof.injection == .mismatch)
    }

    @Test("needs every link to be slow")
    func everyLink() {
        let judgement = DelayJudgement(
            delay: .milliseconds(50), jitter: .zero, neededSamples: 5)
        let fast = [Duration](repeating: .milliseconds(1), count: 5)
        let slow = [Duration](repeating: .milliseconds(51), count: 5)
        let proof = judgement.proof(
            links: ["clients to a", "clients to b"], before: [fast, fast], during: [slow, fast],
            after: nil)
        #expect(proof.injection == .mismatch)
        #expect(proof.achieved.map(\.confirmed) == [true, false])
        #expect(proof.sentence.contains("clients to b"))
    }

    @Test("takes its word back when a link that was spared got slow as well")
    func spared() {
        let judgement = DelayJudgement(
            delay: .milliseconds(50), jitter: .zero, neededSamples: 5)
        let fast = [Duration](repeating: .milliseconds(1), count: 5)
        for (rise, injection) in [(3, .confirmed), (49, .mismatch)]
            as [(Int, FaultRecord.Injection)]
        {
            var proof = EffectProof(.confirmed, "as asked")
            judgement.addSpared(
                links: ["a to b", "dead to b"], before: [fast, []],
                during: [fast.map { $0 + .milliseconds(rise) }, []], to: &proof)
            #expect(proof.injection == injection)
            #expect(proof.achieved.map(\.name) == ["round trip over a to b, spared"])
        }
    }

    @Test("sees whether trips are back")
    func back() {
        let judgement = DelayJudgement(
            delay: .milliseconds(50), jitter: .zero, neededSamples: 5)
        let before = [Duration](repeating: .milliseconds(1), count: 5)
        #expect(judgement.isBack(before: before, after: before.map { $0 + .milliseconds(2) }))
        #expect(!judgement.isBack(before: before, after: before.map { $0 + .milliseconds(30) }))
        #expect(!judgement.isBack(before: before, after: []))
    }

    @Test(
        "takes the median of both kinds of count",
        arguments: [([3, 1, 2], 2), ([4, 1, 2, 3], 2)] as [([Int], Int)])
    func median(times: [Int], expected: Int) {
        let median = DelayJudgement.median(times.map { .seconds($0) })
        #expect(median.map { Int($0.seconds) } == expected)
    }
}
