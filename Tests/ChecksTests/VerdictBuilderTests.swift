import Checks
import Playbooks
import Records
import Testing

@Suite("The verdict")
struct VerdictBuilderTests {
    private static let held = CheckResult(
        check: "no_loss", status: .held, sentence: "All 1,000 came out.")
    private static let broken = CheckResult(
        check: "failover", status: .broken, sentence: "No node acknowledged within 5 s.")
    private static let unclear = CheckResult(
        check: "recovery", status: .inconclusive, sentence: "Only 3 windows.")

    private static func fault(
        _ injection: FaultRecord.Injection = .confirmed, _ undo: FaultRecord.Undo = .clean
    ) -> FaultRecord {
        FaultRecord(
            identifier: "f1", kind: "process.kill", name: "kill", objects: ["node a"],
            injection: injection, proof: "pid 7 is gone", recordedAt: .at(1),
            injectedAt: .at(2), revertedAt: .at(3), undo: undo, undoneBy: .drill)
    }

    private static func builder(
        checks: [CheckResult] = [held], faults: [FaultRecord] = [fault()], expectations: Int = 1,
        precondition: Verdict.Precondition = .held, abort: String? = nil, error: String? = nil
    ) -> VerdictBuilder {
        var playbook = EvidenceBuilder().playbook
        playbook.expectations = Array(repeating: Expectation(kind: "no_loss"), count: expectations)
        return VerdictBuilder(
            playbook: playbook, precondition: precondition,
            preconditionSentence: "p99 was 3 ms.", faults: faults, checks: checks,
            abortReason: abort, toolError: error, endedAt: .at(60))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var builder: VerdictBuilder
        var outcome: Outcome
        var word: String
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "all held", builder: builder(), outcome: .passed, word: "no_loss: All 1,000"),
        Case(
            name: "one broken", builder: builder(checks: [held, broken], expectations: 2),
            outcome: .failed, word: "failover: No node acknowledged within 5 s"),
        Case(
            name: "one inconclusive", builder: builder(checks: [held, unclear], expectations: 2),
            outcome: .inconclusive, word: "recovery: Only 3 windows"),
        Case(
            name: "broken outranks inconclusive",
            builder: builder(checks: [unclear, broken], expectations: 2), outcome: .failed,
            word: "besides, recovery"),
        Case(
            name: "unproven injection", builder: builder(faults: [fault(.unproven)]),
            outcome: .inconclusive, word: "not proven"),
        Case(
            name: "mismatch", builder: builder(faults: [fault(.mismatch)]),
            outcome: .inconclusive, word: "not the one asked for"),
        Case(
            name: "broken although unproven",
            builder: builder(checks: [broken], faults: [fault(.unproven)]), outcome: .failed,
            word: "not proven"),
        Case(
            name: "undo unknown", builder: builder(faults: [fault(.confirmed, .unknown)]),
            outcome: .inconclusive, word: "not known whether"),
        Case(
            name: "residual outranks all",
            builder: builder(
                checks: [broken], faults: [fault(.unproven, .residual)], precondition: .unmet,
                abort: "Ctrl-C", error: "disk"),
            outcome: .residual, word: "firedrill revert"),
        Case(
            name: "tool error outranks abort", builder: builder(abort: "Ctrl-C", error: "no disk"),
            outcome: .error, word: "no disk"),
        Case(
            name: "abort outranks failure", builder: builder(checks: [broken], abort: "Ctrl-C"),
            outcome: .aborted, word: "Ctrl-C"),
        Case(
            name: "precondition unmet", builder: builder(checks: [], precondition: .unmet),
            outcome: .preconditionUnmet, word: "p99 was 3 ms"),
        Case(
            name: "precondition unknown", builder: builder(precondition: .unknown),
            outcome: .inconclusive, word: "Nobody knows"),
        Case(
            name: "a check that was not judged", builder: builder(expectations: 2),
            outcome: .inconclusive, word: "1 check of the playbook was not judged"),
        Case(
            name: "nothing expected of a fault", builder: builder(checks: [], expectations: 0),
            outcome: .inconclusive, word: "expects nothing"),
        Case(
            name: "probes alone", builder: builder(checks: [], faults: [], expectations: 0),
            outcome: .passed, word: "p99 was 3 ms"),
        Case(
            name: "probes alone, unmet",
            builder: builder(checks: [], faults: [], expectations: 0, precondition: .unmet),
            outcome: .preconditionUnmet, word: "p99"),
    ]

    @Test("is the worst of what was found, and says why", arguments: cases)
    func outcome(test: Case) {
        let verdict = test.builder.build()
        #expect(verdict.outcome == test.outcome)
        #expect(verdict.reason.contains(test.word), "\(verdict.reason)")
        #expect(verdict.reason.hasSuffix("."))
    }

    @Test("ranks every outcome differently")
    func severity() {
        #expect(Set(Outcome.allCases.map(VerdictBuilder.severity)).count == Outcome.allCases.count)
    }

    @Test("is never passed with a planned fault that left no record")
    func faultInMethod() {
        var builder = Self.builder(checks: [], faults: [], expectations: 0)
        builder.playbook.method = [.parallel([.fault(FaultStep(kind: "process.kill"))])]
        #expect(builder.build().outcome == .inconclusive)
    }

    @Test("keeps every axis as it was given")
    func axes() {
        let verdict = Self.builder(checks: [Self.broken]).build()
        #expect(verdict.faults == [Self.fault()])
        #expect(verdict.checks == [Self.broken])
        #expect(verdict.precondition == .held)
        #expect(verdict.endedAt == .at(60))
    }
}
