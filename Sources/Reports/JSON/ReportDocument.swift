import Records

/// The document that ``JSONReport`` writes; its members are described there.
struct ReportDocument: Encodable {
    let format = "firedrill-report"
    let version = JSONReport.version
    let header: DrillHeader
    let started: String
    let durationNanoseconds: Nanoseconds
    let outcome: Outcome?
    let exitCode: Int32?
    let reason: String
    let axes: [AxisDocument]
    let checks: [CheckResult]
    let faults: [FaultRecord]
    let ledger: LedgerDocument?
    let figures: [FigureDocument]
    let findings: [Finding]
    let phases: [PhaseDocument]
    let intervals: [IntervalDocument]
    let windows: WindowsDocument
    let plan: Plan?
    let environment: Environment?

    init(_ facts: DrillFacts) {
        var header = facts.header
        header.command = facts.command
        self.header = header
        started = facts.clock.stamp(.zero)
        durationNanoseconds = facts.end - .zero
        outcome = facts.verdict?.outcome
        exitCode = facts.headline.exitCode
        reason = facts.headline.sentence
        axes = facts.axes.map {
            AxisDocument(name: $0.name, state: $0.state, sentence: $0.sentence)
        }
        checks = facts.checks
        faults = facts.faults
        ledger = facts.ledger.map(LedgerDocument.init)
        figures = facts.keyFigures.map {
            FigureDocument(name: $0.name, value: $0.value, note: $0.note)
        }
        findings = facts.findings
        phases = facts.phases.map {
            PhaseDocument(phase: $0.phase, start: $0.start, end: $0.end)
        }
        intervals = facts.statistics.intervals.map(IntervalDocument.init)
        windows = WindowsDocument(facts.statistics.windows)
        plan = facts.evidence.plan
        environment = facts.evidence.environment
    }

    struct AxisDocument: Encodable {
        let name: String
        let state: String
        let sentence: String
    }

    struct FigureDocument: Encodable {
        let name: String
        let value: String
        let note: String
    }

    struct PhaseDocument: Encodable {
        let phase: String
        let start: DrillTime
        let end: DrillTime
    }
}

/// The closed ledger with its sums judged.
struct LedgerDocument: Encodable {
    let attempted: Int
    let acknowledged: Int
    let failed: Int
    let indeterminate: Int
    let delivered: Int
    let lostCount: Int
    let lost: [LedgerSummary.LostMessage]
    let duplicated: Int
    let redelivered: Int
    let unexpected: Int
    let recovered: Int
    let corrupted: Int
    let deadLettered: Int
    let isDrained: Bool
    let acknowledgedBeforeFaults: Int
    let acknowledgedAfterFaults: Int
    let reconciles: Bool

    init(_ book: LedgerBook) {
        let summary = book.summary
        attempted = summary.attempted
        acknowledged = summary.acknowledged
        failed = book.failed
        indeterminate = summary.indeterminate
        delivered = summary.delivered
        lostCount = summary.lost.count
        lost = Array(summary.lost.prefix(1000))
        duplicated = summary.duplicated
        redelivered = summary.redelivered
        unexpected = summary.unexpected
        recovered = summary.recovered
        corrupted = summary.corrupted
        deadLettered = summary.deadLettered
        isDrained = summary.isDrained
        acknowledgedBeforeFaults = summary.acknowledgedBeforeFaults
        acknowledgedAfterFaults = summary.acknowledgedAfterFaults
        reconciles = book.enqueues.difference == 0 && book.deliveries.difference == 0
    }
}

/// What the producers saw in one interval.
struct IntervalDocument: Encodable {
    let name: String
    let start: DrillTime
    let end: DrillTime
    let attempted: Int
    let acknowledged: Int
    let acknowledgedPerSecond: Double
    let errorRate: Double?
    let p50Nanoseconds: Double?
    let p99Nanoseconds: Double?
    let maximumNanoseconds: Double?

    init(_ interval: IntervalStatistics) {
        name = interval.name
        start = interval.start
        end = interval.end
        attempted = interval.attempted
        acknowledged = interval.acknowledged
        acknowledgedPerSecond = interval.rate
        errorRate = interval.errorRate
        p50Nanoseconds = interval.latency.quantile(0.5)
        p99Nanoseconds = interval.latency.quantile(0.99)
        maximumNanoseconds = interval.latency.quantile(1)
    }
}

/// The series of the timeline, column by column.
struct WindowsDocument: Encodable {
    let widthNanoseconds: Int64
    let attempted: [Int]
    let acknowledged: [Int]
    let delivered: [Int]
    let failed: [Int]
    let indeterminate: [Int]
    let lost: [Int]
    let p50Nanoseconds: [Double?]
    let p99Nanoseconds: [Double?]
    let maximumNanoseconds: [Double?]

    init(_ series: OperationWindows) {
        let windows = series.windows
        widthNanoseconds = series.width
        attempted = windows.map(\.attempted)
        acknowledged = windows.map(\.acknowledged)
        delivered = windows.map(\.delivered)
        failed = windows.map(\.failed)
        indeterminate = windows.map(\.indeterminate)
        lost = windows.map(\.lost)
        p50Nanoseconds = windows.map { $0.latency.quantile(0.5) }
        p99Nanoseconds = windows.map { $0.latency.quantile(0.99) }
        maximumNanoseconds = windows.map { $0.latency.quantile(1) }
    }
}
