import Playbooks
import Records
import Testing

@testable import Reports

@Suite("Odd evidence renders too")
struct OddEvidenceTests {
    @Test("times out of order, before the start and far away", arguments: ReportFormat.allCases)
    func times(format: ReportFormat) throws {
        var evidence = SyntheticDrill.failed()
        for (index, seconds) in [-3.0, 1e8, 0].enumerated() {
            evidence.operations[index].ended = DrillTime(seconds)
            evidence.operations[index + 10].attempts = []
            evidence.samples[index].started = DrillTime(seconds)
            evidence.events[index].time = DrillTime(seconds)
        }
        evidence.verdict?.faults[0].revertedAt = DrillTime(1)
        evidence.verdict?.faults[1].injectedAt = nil
        evidence.verdict?.endedAt = .zero
        evidence.header.startedAt = .max
        #expect(try !format.render(evidence).isEmpty)
    }

    @Test(
        "a drill of one probe, without a workload and without faults",
        arguments: ReportFormat.allCases)
    func trivial(format: ReportFormat) throws {
        let sample = ProbeSample(
            probe: "true", started: DrillTime(0.01), ended: DrillTime(0.02), result: .healthy,
            answer: "exit 0")
        let evidence = Evidence(
            header: SyntheticDrill.header, playbookText: "playbook: primary-kill",
            samples: [sample],
            verdict: Verdict(
                outcome: .passed, reason: "The probe was content.", precondition: .held,
                preconditionSentence: "The probe was content.", faults: [], checks: [],
                endedAt: DrillTime(0.03)))
        let report = try format.render(evidence)
        #expect(report.contains("The probe was content."))
        #expect(!report.contains("ledger was never closed") || format == .markdown)
    }

    @Test(
        "a drill that was killed, and undone by others, of which each form says who, how and when",
        arguments: ReportFormat.allCases)
    func undone(format: ReportFormat) throws {
        var evidence = SyntheticDrill.crashed()
        evidence.events.removeAll { $0.kind == .faultReverted || $0.kind == .faultVerified }
        let faults = Set(evidence.events.filter { $0.kind == .faultInjected }.map(\.subject))
        evidence.undone = [.note("the guardian killed the drill: it hung")]
        evidence.undone += faults.sorted().map { fault in
            .undone(
                UndoneRecord(
                    identifier: fault, summary: "qdisc on \(fault)", by: .guardian, startedAt: 1,
                    duration: Nanoseconds(Int64(12_000_000)),
                    comparisons: [
                        Comparison(
                            what: "qdiscs of lo", before: "none", after: "none", isSame: true)
                    ]))
        }
        let report = try format.render(evidence)
        #expect(!faults.isEmpty)
        #expect(report.contains("qdiscs of lo"))
        #expect(report.contains(format == .json ? "\"guardian\"" : "by the guardian"))
        #expect(report.contains(format == .json ? "12000000" : "12 ms"))
        #expect(!report.contains("nobody verified"))
        if format != .junit { #expect(report.contains("the guardian killed the drill")) }
    }

    @Test("what nobody could look at after a killed drill is unknown, not clean")
    func unseen() throws {
        var unseen = Comparison(
            what: "a socket", before: "bound", after: "not looked at: no", isSame: true)
        unseen.isUnseen = true
        let undone = UndoneRecord(
            identifier: "f1/1", summary: "a socket", by: .revert, startedAt: 1,
            duration: Nanoseconds(Int64(1)), comparisons: [unseen])
        let known = FaultRecord(identifier: "f1", kind: "reset", name: "reset")
        #expect(known.settled(by: [.undone(undone)]).undo == .unknown)
        #expect(known.settled(by: [.undone(undone)]).undoneBy == .revert)
        let other = FaultRecord(identifier: "f11", kind: "reset", name: "reset")
        #expect(other.settled(by: [.undone(undone)]) == other)
    }

    @Test("many faults and probes stay within bounds")
    func many() throws {
        var evidence = SyntheticDrill.passed()
        let fault = SyntheticFaults.kill
        evidence.verdict?.faults = (0..<40).map { number in
            var fault = fault
            fault.identifier = "f\(number + 1)"
            fault.injectedAt = DrillTime(2 + Double(number))
            fault.revertedAt = DrillTime(5 + Double(number) * 1.3)
            return fault
        }
        evidence.samples = (0..<60_000).map { number -> ProbeSample in
            let start = Double(number) / 1000
            let isHealthy = number / 30 % 3 > 0
            return ProbeSample(
                probe: "probe \(number % 30)", node: "a", started: DrillTime(start),
                ended: DrillTime(start + 0.0005), result: isHealthy ? .healthy : .unhealthy,
                answer: "200")
        }
        let page = HTMLReport.render(evidence)
        #expect(page.utf8.count < 300_000)
        #expect(page.contains("f40 process.kill"))
    }

    @Test("JUnit's cases have different names where checks have the same")
    func names() {
        var evidence = SyntheticDrill.passed()
        evidence.verdict?.checks = [41, 47].map {
            CheckResult(check: "latency", status: .held, sentence: "It was low.", line: $0)
        }
        let report = JUnitReport.render(evidence)
        #expect(report.contains("name=\"latency (line 41)\""))
        #expect(report.contains("name=\"latency (line 47)\""))
    }
}
