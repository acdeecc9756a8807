import Records

/// What every format of the report says, worked out once from the evidence.
struct DrillFacts: Sendable {
    let evidence: Evidence
    let clock: WallClock
    /// The last moment that anything is known of.
    let end: DrillTime
    let headline: Headline
    let axes: [Axis]
    /// The verdict's faults, and those that only events tell of.
    let faults: [FaultRecord]
    let faultWindows: [FaultWindow]
    let phases: [PhaseWindow]
    let statistics: OperationStatistics
    let ledger: LedgerBook?
    let keyFigures: [KeyFigure]
    let findings: [Finding]

    var header: DrillHeader { evidence.header }
    var verdict: Verdict? { evidence.verdict }
    /// Whether the first step of the method was begun.
    var reachedMethod: Bool { phases.contains { $0.phase == Phase.method.rawValue } }
    var checks: [CheckResult] { evidence.verdict?.checks ?? [] }
    var command: String { Redaction.redact(evidence.header.command) }

    init(_ evidence: Evidence) {
        self.evidence = evidence
        let verdict = evidence.verdict
        let clock = WallClock(start: evidence.header.startedAt)
        let end = DrillFacts.end(of: evidence)
        let known = verdict?.faults ?? []
        let faults =
            known
            + FaultRecord.fromEvents(
                evidence.events, plan: evidence.plan, besides: known
            ).map { $0.settled(by: evidence.undone) }
        let phases = PhaseWindow.all(evidence.events, drillEnd: end)
        let windows = faults.compactMap { FaultWindow($0, drillEnd: end) }
        self.clock = clock
        self.end = end
        self.faults = faults
        self.phases = phases
        faultWindows = windows
        headline = Headline(evidence, end: end, clock: clock)
        axes = Axis.all(verdict: verdict, faults: faults)
        let statistics = OperationStatistics(
            evidence.operations, end: end,
            intervals: DrillFacts.intervals(phases: phases, faults: windows),
            lost: verdict?.ledger?.lost ?? [])
        self.statistics = statistics
        let ledger = verdict?.ledger.map {
            LedgerBook($0, failed: statistics.attempted > 0 ? statistics.failed : nil)
        }
        self.ledger = ledger
        keyFigures = KeyFigure.all(
            verdict: verdict, ledger: ledger, statistics: statistics, clock: clock)
        findings = Finding.all(checks: verdict?.checks ?? [], faults: faults)
    }

    private static func end(of evidence: Evidence) -> DrillTime {
        var end = evidence.verdict?.endedAt ?? .zero
        for event in evidence.events { end = max(end, event.time) }
        for operation in evidence.operations { end = max(end, operation.ended) }
        for sample in evidence.samples { end = max(end, sample.ended) }
        return end
    }

    /// The baseline, each fault's window, and the time after the last fault: to be compared.
    private static func intervals(
        phases: [PhaseWindow], faults: [FaultWindow]
    ) -> [IntervalStatistics] {
        var intervals: [IntervalStatistics] = []
        func add(_ name: String, _ start: DrillTime, _ end: DrillTime) {
            guard end > start else { return }
            intervals.append(IntervalStatistics(name: name, start: start, end: end))
        }
        for phase in phases where phase.phase == Phase.baseline.rawValue {
            add(phase.phase, phase.start, phase.end)
        }
        for fault in faults.prefix(10) {
            add("\(fault.identifier) \(fault.name)", fault.start, fault.end)
        }
        for phase in phases where phase.phase == Phase.recovery.rawValue {
            add(phase.phase, phase.start, phase.end)
        }
        return intervals
    }
}

/// The outcome in a word and a sentence.
struct Headline: Sendable, Equatable {
    let word: String
    let tone: Tone
    let sentence: String
    /// Nil for a drill without a verdict.
    let exitCode: Int32?

    init(_ evidence: Evidence, end: DrillTime, clock: WallClock) {
        if let verdict = evidence.verdict {
            word = verdict.outcome.word
            tone = verdict.outcome.tone
            sentence = verdict.reason
            exitCode = verdict.outcome.exitCode
        } else {
            word = "No verdict"
            tone = .unsure
            sentence =
                "The evidence ends at \(clock.clock(end)) UTC without a verdict: the drill crashed, "
                + "was killed, or still runs. What it recorded until then is below."
                + evidence.undone.map { entry in
                    if case .note(let text) = entry { " Then \(text)." } else { "" }
                }.joined()
            exitCode = nil
        }
    }
}
