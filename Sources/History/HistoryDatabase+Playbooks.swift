import GRDB
public import Records

/// What the history says of one playbook.
public struct PlaybookSummary: Sendable, Equatable {
    public var name: String
    public var title: String
    public var target: String
    public var drills: Int
    public var passed: Int
    /// The newest drill that ended.
    public var last: DrillEntry?
    /// Nil when no drill says anything.
    public var score: ResilienceScore?
}

extension HistoryDatabase {
    /// Every playbook that was ever drilled, in alphabetical order.
    public func playbookSummaries(now: Int64) throws -> [PlaybookSummary] {
        try playbooks().compactMap { try playbookSummary($0, now: now) }
    }

    /// One playbook; nil when it was never drilled.
    public func playbookSummary(_ name: String, now: Int64) throws -> PlaybookSummary? {
        try pool.read { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT count(*) AS drills, coalesce(sum(outcome = 'passed'), 0) AS passed
                        FROM drill WHERE playbook = ? HAVING count(*) > 0
                        """, arguments: [name])
            else { return nil }
            let newest = try Self.newest(of: name, in: database)
            let last = newest.first?.entry
            let drills = newest.compactMap { entry, checks in
                entry.outcome.map {
                    ResilienceScore.Drill(
                        identifier: entry.identifier, outcome: $0, startedAt: entry.startedAt,
                        checks: checks)
                }
            }
            return PlaybookSummary(
                name: name, title: last?.title ?? "", target: last?.target ?? "",
                drills: row["drills"], passed: row["passed"], last: last,
                score: ResilienceScore(drills, now: now))
        }
    }

    /// The newest ended drills of a playbook with their checks: as many as a score may need.
    private static func newest(
        of playbook: String, in database: Database
    ) throws -> [(entry: DrillEntry, checks: [DrillCheck])] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM drill WHERE playbook = ? AND outcome IS NOT NULL
                ORDER BY started DESC LIMIT 12
                """, arguments: [playbook]
        ).map { row in
            let checks = try Row.fetchAll(
                database, sql: "SELECT * FROM judgement WHERE drill = ? ORDER BY position",
                arguments: [row["id"] as Int64])
            return (DrillEntry(row), checks.compactMap(DrillCheck.init))
        }
    }

    /// How many drills ended in each way since a moment.
    public func outcomes(_ filter: DrillFilter = DrillFilter()) throws -> [Outcome: Int] {
        let (condition, arguments) = filter.condition
        return try pool.read { database in
            var counts: [Outcome: Int] = [:]
            for row in try Row.fetchAll(
                database,
                sql: """
                    SELECT outcome, count(*) AS drills FROM drill
                    WHERE outcome IS NOT NULL AND \(condition) GROUP BY outcome
                    """, arguments: arguments)
            {
                guard let outcome = Outcome(rawValue: row["outcome"]) else { continue }
                counts[outcome] = row["drills"]
            }
            return counts
        }
    }

    /// The targets that were drilled, with how many drills each had.
    public func targets() throws -> [(name: String, drills: Int)] {
        try pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT target, count(*) AS drills FROM drill WHERE target <> ''
                    GROUP BY target ORDER BY target
                    """
            ).map { (name: $0["target"], drills: $0["drills"]) }
        }
    }

    /// How often each kind of fault was in, and how often its effect was proven.
    public func faults(
        ofTarget target: String? = nil
    ) throws -> [(kind: String, drills: Int, confirmed: Int)] {
        try pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT kind, count(DISTINCT fault.drill) AS drills,
                        sum(fault.injection = 'confirmed') AS confirmed
                    FROM fault JOIN drill ON drill.id = fault.drill
                    WHERE ?1 IS NULL OR target = ?1 GROUP BY kind ORDER BY kind
                    """, arguments: [target]
            ).map { (kind: $0["kind"], drills: $0["drills"], confirmed: $0["confirmed"]) }
        }
    }
}
