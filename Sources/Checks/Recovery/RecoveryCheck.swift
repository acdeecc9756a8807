public import Playbooks
public import Records

/// After the faults the steady state came back in time, and stayed.
///
/// The method does not flap: see ``RecoveryMethod``. It is measured from each fault's end; the worst
/// recovery that can be judged decides, and the last fault's must be one of them.
public struct RecoveryCheck: PlacedCheck {
    public static let declaration = KindDeclaration(
        kind: "recovery",
        summary: "The steady state comes back in time after each fault, and stays.",
        parameters: [
            ParameterDeclaration(
                "within", .duration, "The longest time from a fault's end to the steady state.",
                isRequired: true),
            ParameterDeclaration(
                "success", .ratio, "The share of requests that a good window acknowledges.",
                default: .ratio(.percent(99))),
            ParameterDeclaration(
                "margin", .duration,
                "The smallest change of latency that matters; 1 ms for the median and 5 ms for the "
                    + "99th percentile, unless given."),
        ])

    let line: Int
    private let within: Duration
    private let success: Double
    private let margin: Duration?

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
        within =
            expectation.arguments.boundedDuration("within")
            ?? min(playbook.timing.recovery, .seconds(86_400))
        margin = expectation.arguments.boundedDuration("margin")
        success = expectation.arguments.ratio("success")?.fraction ?? 0.99
        try Self.checkBaseline(of: playbook, line: expectation.line)
    }

    /// Throws when the baseline is too short for a steady state to be learnt from it.
    private static func checkBaseline(of playbook: Playbook, line: Int) throws {
        guard !playbook.workload.isEmpty else { return }
        let width = WindowSeries.width(requestsPerSecond: playbook.workload.rate.perSecond)
        let needed = Nanoseconds(width.count * Int64(RecoveryBaseline.fewestWindows))
        guard playbook.timing.baseline.nanoseconds < needed.count else { return }
        throw CheckError(
            check: declaration.kind, line: line,
            reason: "a baseline of \(Wording.span(playbook.timing.baseline)) is too short for "
                + "\(RecoveryBaseline.fewestWindows) windows of \(Wording.span(width))",
            remedy: "make timing.baseline at least \(Wording.span(needed)), or the rate higher")
    }

    /// How long the load must go on after the last fault so that any answer can be reached.
    ///
    /// A recovery just within the bound needs its 20 windows to be seen.
    public func observationTime(for workload: Workload) -> Duration {
        let width = WindowSeries.width(requestsPerSecond: workload.rate.perSecond)
        return within + .nanoseconds(width.count * Int64(RecoveryMethod.horizon + 2))
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let evidence = evidence.plausible
        let operations = evidence.evidence.operations
        let phases = PhaseTimes(evidence.evidence.events, horizon: evidence.horizon)
        let faults = evidence.faultWindows
        guard let baselineRange = phases[.baseline], let loadEnd = evidence.lastIntendedEnqueue
        else { return result(.inconclusive, "There was no load or no baseline to compare with.") }
        guard let first = faults.first else {
            return result(.inconclusive, "No fault went in, so there was nothing to recover from.")
        }
        let calm =
            baselineRange
            .lowerBound..<max(
                baselineRange.lowerBound, min(baselineRange.upperBound, first.start))
        let width = width(operations, in: calm)
        do {
            let baseline = try RecoveryBaseline(
                RequestWindow.windows(of: operations, in: calm, width: width), width: width,
                success: success, floor: margin)
            let judge = RecoveryJudge(
                method: RecoveryMethod(
                    baseline, success: success, seed: evidence.evidence.header.seed),
                width: width, within: within, operations: operations, faults: faults,
                loadEnd: min(loadEnd, phases[.drain]?.lowerBound ?? loadEnd))
            let result = conclude(judge.recoveries(), baseline: baseline, width: width)
            let end = faults.map { $0.end ?? $0.start }.min() ?? first.start
            return evidence.doubtingIfCrowded(
                result, in: TimeRanges(loadEnd > end ? [end..<loadEnd] : []))
        } catch {
            return result(.inconclusive, "The recovery cannot be judged: \(error.sentence).")
        }
    }

    private func width(_ operations: [Operation], in range: Range<DrillTime>) -> Nanoseconds {
        let requests = operations.count { $0.kind == .enqueue && range.contains($0.intended) }
        let seconds = (range.upperBound - range.lowerBound).seconds
        return WindowSeries.width(
            requestsPerSecond: seconds > 0 ? Double(requests) / seconds : 0)
    }

    private func conclude(
        _ recoveries: [FaultRecovery], baseline: RecoveryBaseline, width: Nanoseconds
    ) -> CheckResult {
        let margins =
            "windows of \(Wording.span(width)), good up to a p99 of "
            + Wording.span(seconds: baseline.threshold / 1e9)
        let worst = recoveries.compactMap { recovery -> (FaultRecovery, Nanoseconds)? in
            guard case .recovered(let span) = recovery.answer else { return nil }
            return (recovery, span)
        }.max { $0.1 < $1.1 }
        let never = recoveries.first { if case .never = $0.answer { true } else { false } }
        let last = recoveries.max {
            ($0.fault.end ?? $0.fault.start) < ($1.fault.end ?? $1.fault.start)
        }
        let status: CheckResult.Status
        let sentence: String
        if let never {
            status = .broken
            sentence = "The steady state did not come back after \(never.sentence) (\(margins))."
        } else if let worst, worst.1.count > within.nanoseconds {
            status = .broken
            sentence =
                "The steady state came back \(Wording.span(worst.1)) after "
                + "\(worst.0.fault.title) had ended, \(Wording.span(within)) is the limit "
                + "(\(margins))."
        } else if let last, case .unclear(let reason) = last.answer {
            status = .inconclusive
            sentence = "The recovery from \(last.fault.title) cannot be judged: \(reason)."
        } else {
            status = .held
            sentence =
                "The steady state came back "
                + (worst.map {
                    "\(Wording.span($0.1)) after \($0.0.fault.title) had ended"
                } ?? "in time") + ", and stayed (limit \(Wording.span(within)); \(margins))"
                + unjudged(recoveries) + "."
        }
        return result(
            status, sentence, figures(worst?.1, baseline, width),
            details: recoveries.map(\.sentence) + [describe(baseline)])
    }

    /// The faults whose recovery the next one cut short.
    private func unjudged(_ recoveries: [FaultRecovery]) -> String {
        let titles = recoveries.compactMap { recovery -> String? in
            guard case .unclear = recovery.answer else { return nil }
            return recovery.fault.title
        }
        guard !titles.isEmpty else { return "" }
        return "; from \(Wording.list(titles)) it was not seen for long enough to tell"
    }

    private func figures(
        _ worst: Nanoseconds?, _ baseline: RecoveryBaseline, _ width: Nanoseconds
    ) -> [Figure] {
        let recovery = worst.map {
            Figure(
                "time to recovery", Double($0.count), .nanoseconds,
                limit: Double(within.nanoseconds))
        }
        return (recovery.map { [$0] } ?? []) + [
            Figure("window", Double(width.count), .nanoseconds),
            Figure("baseline p99", baseline.median99, .nanoseconds, limit: baseline.threshold),
            Figure("margin of p50", baseline.margin50, .nanoseconds),
            Figure("margin of p99", baseline.margin99, .nanoseconds),
        ]
    }

    private func describe(_ baseline: RecoveryBaseline) -> String {
        "baseline of \(baseline.windows.count) windows: median latency "
            + "\(Wording.span(seconds: baseline.median50 / 1e9)) (margin "
            + "\(Wording.span(seconds: baseline.margin50 / 1e9))), p99 "
            + "\(Wording.span(seconds: baseline.median99 / 1e9)) (margin "
            + "\(Wording.span(seconds: baseline.margin99 / 1e9))), slow beyond "
            + Wording.span(seconds: baseline.tail / 1e9)
    }
}
