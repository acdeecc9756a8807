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
        try storage.read { database in
            guard
                let row = try database.rows(
                    """
                    SELECT count(*) AS drills, count(*) FILTER (WHERE outcome = 'passed') AS passed
                    FROM drill WHERE playbook = ? HAVING count(*) > 0
                    """, [.text(name)]
                ).first
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
                drills: row.count("drills"), passed: row.count("passed"), last: last,
                score: ResilienceScore(drills, now: now))
        }
    }

    /// The newest ended drills of a playbook with their checks: as many as a score may need.
    private static func newest(
        of playbook: String, in database: any HistoryConnection
    ) throws -> [(entry: DrillEntry, checks: [DrillCheck])] {
        try database.rows(
            """
            SELECT * FROM drill WHERE playbook = ? AND outcome IS NOT NULL
            ORDER BY started DESC LIMIT 12
            """, [.text(playbook)]
        ).map { row in
            let checks = try database.rows(
                "SELECT * FROM judgement WHERE drill = ? ORDER BY position",
                [.integer(row.integer("id"))])
            return (DrillEntry(row), checks.compactMap(DrillCheck.init))
        }
    }

    /// How many drills ended in each way since a moment.
    public func outcomes(_ filter: DrillFilter = DrillFilter()) throws -> [Outcome: Int] {
        try storage.read { database in
            let (condition, values) = filter.condition(like: database.like)
            var counts: [Outcome: Int] = [:]
            for row in try database.rows(
                """
                SELECT outcome, count(*) AS drills FROM drill
                WHERE outcome IS NOT NULL AND \(condition) GROUP BY outcome
                """, values)
            {
                guard let outcome = Outcome(rawValue: row.text("outcome")) else { continue }
                counts[outcome] = row.count("drills")
            }
            return counts
        }
    }

    /// The targets that were drilled, with how many drills each had.
    public func targets() throws -> [(name: String, drills: Int)] {
        try storage.read { database in
            try database.rows(
                """
                SELECT target, count(*) AS drills FROM drill WHERE target <> ''
                GROUP BY target ORDER BY target
                """
            ).map { (name: $0.text("target"), drills: $0.count("drills")) }
        }
    }

    /// How often each kind of fault was in, and how often its effect was proven.
    public func faults(
        ofTarget target: String? = nil
    ) throws -> [(kind: String, drills: Int, confirmed: Int)] {
        try storage.read { database in
            try database.rows(
                """
                SELECT kind, count(DISTINCT fault.drill) AS drills,
                    count(*) FILTER (WHERE fault.injection = 'confirmed') AS confirmed
                FROM fault JOIN drill ON drill.id = fault.drill
                WHERE CAST(?1 AS TEXT) IS NULL OR target = CAST(?1 AS TEXT)
                GROUP BY kind ORDER BY kind
                """, [HistoryValue(target)]
            ).map {
                (
                    kind: $0.text("kind"), drills: $0.count("drills"),
                    confirmed: $0.count("confirmed")
                )
            }
        }
    }
}
