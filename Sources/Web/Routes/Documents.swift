import History
import Records
import Reports

/// A drill as the API gives it out.
struct DrillDocument: Encodable, Sendable {
    let identifier: String
    let playbook: String
    let title: String
    let tags: [String]
    let playbookHash: String
    /// A string, for a program that reads numbers as doubles would change it.
    let seed: String
    let target: String
    let host: String
    let user: UInt32
    let started: String
    let durationNanoseconds: Int64?
    let outcome: String?
    let reason: String
    let precondition: String?
    let injection: String?
    let hypothesis: String?
    let undo: String?

    init(_ entry: DrillEntry) {
        identifier = entry.identifier
        playbook = entry.playbook
        title = entry.title
        tags = entry.tags
        playbookHash = entry.playbookHash
        seed = String(entry.seed)
        target = entry.target
        host = entry.host
        user = entry.user
        started = WallClock(start: entry.startedAt).stamp(.zero)
        durationNanoseconds = entry.duration?.count
        outcome = entry.outcome?.rawValue
        reason = entry.reason
        precondition = entry.axes.precondition?.rawValue
        injection = entry.axes.injection?.rawValue
        hypothesis = entry.axes.hypothesis?.rawValue
        undo = entry.axes.undo?.rawValue
    }
}

/// A page of drills.
struct DrillListDocument: Encodable, Sendable {
    let count: Int
    let drills: [DrillDocument]
}

/// A drill with everything that the history keeps of it.
struct DrillDetailsDocument: Encodable, Sendable {
    struct Figure: Encodable, Sendable {
        let name: String
        let value: Double
        let unit: String
        let limit: Double?
    }

    struct Check: Encodable, Sendable {
        let name: String
        let status: String
        let sentence: String
    }

    struct Fault: Encodable, Sendable {
        let identifier: String
        let kind: String
        let backend: String
        let injection: String
        let undo: String
        let undoneBy: String
    }

    let drill: DrillDocument
    let figures: [Figure]
    let checks: [Check]
    let faults: [Fault]

    init(_ details: DrillDetails) {
        drill = DrillDocument(details.entry)
        figures = details.figures.map {
            Figure(name: $0.name, value: $0.value, unit: $0.unit.rawValue, limit: $0.limit)
        }
        checks = details.checks.map {
            Check(name: $0.name, status: $0.status.rawValue, sentence: $0.sentence)
        }
        faults = details.faults.map {
            Fault(
                identifier: $0.identifier, kind: $0.kind, backend: $0.backend,
                injection: $0.injection.rawValue, undo: $0.undo.rawValue,
                undoneBy: $0.undoneBy.rawValue)
        }
    }
}

/// A playbook with its score.
struct PlaybookDocument: Encodable, Sendable {
    let name: String
    let title: String
    let target: String
    let drills: Int
    let passed: Int
    let score: Double?
    let freshness: Double?
    let last: DrillDocument?

    init(_ summary: PlaybookSummary) {
        name = summary.name
        title = summary.title
        target = summary.target
        drills = summary.drills
        passed = summary.passed
        score = summary.score?.value
        freshness = summary.score?.freshness
        last = summary.last.map(DrillDocument.init)
    }
}

/// A drill that runs now.
struct RunningDocument: Encodable, Sendable {
    let identifier: String
    let playbook: String
    let started: String
    let phase: String
    let faults: [String]
    let acknowledged: Int
    let failed: Int

    init(_ drill: LiveDrill) {
        identifier = drill.header.identifier
        playbook = drill.header.playbook
        started = WallClock(start: drill.header.startedAt).stamp(.zero)
        phase = drill.phase
        faults = drill.faults
        acknowledged = drill.acknowledged
        failed = drill.failed
    }
}

/// A drill that a schedule will begin.
struct UpcomingDocument: Encodable, Sendable {
    let schedule: String
    let playbook: String
    let at: String
    let note: String

    init(_ drill: UpcomingDrill) {
        schedule = drill.schedule
        playbook = drill.playbook
        at = WallClock(start: drill.at).stamp(.zero)
        note = drill.note
    }
}

/// Two drills side by side.
struct ComparisonDocument: Encodable, Sendable {
    struct Check: Encodable, Sendable {
        let name: String
        let first: String?
        let second: String?
        let change: String
    }

    struct Figure: Encodable, Sendable {
        let name: String
        let unit: String
        let first: Double?
        let second: Double?
        let growth: Double?
        let change: String
    }

    let first: DrillDocument
    let second: DrillDocument
    let cautions: [String]
    let checks: [Check]
    let figures: [Figure]

    init(_ comparison: DrillComparison) {
        first = DrillDocument(comparison.first)
        second = DrillDocument(comparison.second)
        cautions = comparison.cautions
        checks = comparison.checks.map {
            Check(
                name: $0.name, first: $0.first?.rawValue, second: $0.second?.rawValue,
                change: $0.change.rawValue)
        }
        figures = comparison.figures.map {
            Figure(
                name: $0.name, unit: $0.unit.rawValue, first: $0.first, second: $0.second,
                growth: $0.growth, change: $0.change.rawValue)
        }
    }
}

/// What came of a request.
struct MessageDocument: Encodable, Sendable {
    let message: String
}

/// What is wrong with a playbook; empty when nothing is.
struct ProblemsDocument: Encodable, Sendable {
    let problems: [String]
}
