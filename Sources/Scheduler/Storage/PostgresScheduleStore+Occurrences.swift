import Playbooks
import Postgres

extension PostgresScheduleStore {
    public func ask(for identifier: OccurrenceIdentifier) throws {
        try with { connection in
            _ = try insert(
                Occurrence(identifier: identifier, isAskedFor: true), owner: nil, connection)
        }
    }

    public func claim(_ claims: [Claim]) throws -> [Claim] {
        try with { connection in
            try connection.transaction {
                // In the order of the names, so that two services never wait for each other.
                try claims.sorted { $0.schedule < $1.schedule }.compactMap { claim in
                    let rows = try connection.execute(
                        """
                        UPDATE schedule SET watermark = $1 WHERE name = $2 AND watermark = $3
                        AND NOT removed AND NOT paused RETURNING name
                        """,
                        [
                            "\(claim.watermark.nanoseconds)", claim.schedule,
                            "\(claim.expected.nanoseconds)",
                        ])
                    guard !rows.isEmpty else { return nil }
                    var claim = claim
                    // One that is there already was decided on, whatever the watermark says.
                    claim.occurrences = try claim.occurrences.filter {
                        try insert($0, owner: owner, connection)
                    }
                    return claim
                }
            }
        }
    }

    public func record(_ occurrences: [Occurrence]) throws {
        try with { connection in
            try connection.transaction {
                for occurrence in occurrences {
                    guard try update(occurrence, connection) else {
                        _ = try insert(occurrence, owner: owner, connection)
                        continue
                    }
                }
            }
        }
    }

    public func takeOver(at now: Moment) throws -> Leftovers {
        try with { connection in
            let rows = try connection.execute(
                """
                WITH dead AS (
                    SELECT schedule, due, attempt, state FROM occurrence
                    WHERE state IN ('waiting', 'starting', 'running')
                    AND (owner IS NULL OR owner <> $1 AND owner NOT IN (
                        SELECT owner FROM service WHERE lease > clock_timestamp()))
                    FOR UPDATE SKIP LOCKED)
                UPDATE occurrence SET owner = $1,
                    state = CASE WHEN dead.state = 'waiting' THEN 'waiting' ELSE 'aborted' END,
                    reason = CASE WHEN dead.state = 'waiting' THEN NULL
                        ELSE 'the service that ran it ended before it did' END
                FROM dead WHERE (occurrence.schedule, occurrence.due, occurrence.attempt)
                    = (dead.schedule, dead.due, dead.attempt)
                RETURNING occurrence.*
                """, [owner])
            var leftovers = Leftovers()
            for occurrence in try rows.map(Occurrence.init(row:)) {
                if occurrence.state == .waiting {
                    leftovers.waiting.append(occurrence)
                } else {
                    leftovers.aborted.append(occurrence)
                }
            }
            leftovers.waiting.sort { $0.identifier < $1.identifier }
            return leftovers
        }
    }

    public func takeUntold(limit: Int) throws -> [Occurrence] {
        try with { connection in
            try connection.execute(
                """
                WITH untold AS (
                    SELECT schedule, due, attempt FROM occurrence
                    WHERE NOT told AND state NOT IN ('waiting', 'starting', 'running')
                    AND (owner IS NULL OR owner = $1 OR owner NOT IN (
                        SELECT owner FROM service WHERE lease > clock_timestamp()))
                    ORDER BY due, schedule, attempt LIMIT $2 FOR UPDATE SKIP LOCKED)
                UPDATE occurrence SET owner = $1 FROM untold
                WHERE (occurrence.schedule, occurrence.due, occurrence.attempt)
                    = (untold.schedule, untold.due, untold.attempt)
                RETURNING occurrence.*
                """, [owner, "\(limit)"]
            ).map(Occurrence.init(row:)).sorted { $0.identifier < $1.identifier }
        }
    }

    public func noteTold(_ occurrences: [OccurrenceIdentifier]) throws {
        try with { connection in
            try connection.transaction {
                for occurrence in occurrences {
                    try connection.execute(
                        """
                        UPDATE occurrence SET told = true
                        WHERE schedule = $1 AND due = $2 AND attempt = $3
                        """,
                        [
                            occurrence.schedule, "\(occurrence.due.nanoseconds)",
                            "\(occurrence.attempt)",
                        ])
                }
            }
        }
    }

    public func renew(at now: Moment) throws {
        let seconds = "\((lease ?? .zero).seconds)"
        let rows = try with { connection in
            try connection.execute(
                """
                INSERT INTO service VALUES ($1, clock_timestamp() + $2::float8 * interval '1 s')
                ON CONFLICT (owner) DO UPDATE SET lease = excluded.lease
                WHERE service.lease > clock_timestamp() RETURNING owner
                """, [owner, seconds])
        }
        guard !rows.isEmpty else {
            throw ScheduleError(
                attempted: "renew the lease of", object: owner,
                reason: "it has run out, and others may have taken over what it ran",
                remedy: "start the service again")
        }
    }

    public func occurrences(of schedule: String?, limit: Int) throws -> [Occurrence] {
        try with { connection in
            try connection.execute(
                """
                SELECT * FROM occurrence WHERE $1::text IS NULL OR schedule = $1
                ORDER BY due DESC, attempt DESC LIMIT $2
                """, [schedule, "\(limit)"]
            ).map(Occurrence.init(row:))
        }
    }

    public func forget(before moment: Moment) throws -> Int {
        try with { connection in
            try connection.execute(
                """
                DELETE FROM occurrence WHERE due < $1
                AND state NOT IN ('waiting', 'starting', 'running') RETURNING due
                """, ["\(moment.nanoseconds)"]
            ).count
        }
    }

    /// Writes the state of an occurrence of this service's; false when there is none.
    ///
    /// Throws when another service has taken it over.
    private func update(
        _ occurrence: Occurrence, _ connection: PostgresConnection
    ) throws -> Bool {
        let values = values(of: occurrence, owner: owner)
        let rows = try connection.execute(
            """
            UPDATE occurrence SET state = CASE WHEN owner = $10 THEN $4 ELSE state END,
                asked = $5, drill = coalesce($6, drill), exit_code = $7,
                reason = CASE WHEN owner = $10 THEN $8 ELSE reason END, missed_before = $9
            WHERE schedule = $1 AND due = $2 AND attempt = $3 RETURNING owner
            """, values)
        guard let row = rows.first else { return false }
        guard row["owner"] == owner else {
            throw ScheduleError(
                attempted: "keep the state of", object: "\(occurrence.identifier)",
                reason: "another service has taken it over")
        }
        return true
    }

    private func insert(
        _ occurrence: Occurrence, owner: String?, _ connection: PostgresConnection
    ) throws -> Bool {
        try !connection.execute(
            """
            INSERT INTO occurrence VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT DO NOTHING RETURNING due
            """, values(of: occurrence, owner: owner)
        ).isEmpty
    }

    private func values(of occurrence: Occurrence, owner: String?) -> [String?] {
        [
            occurrence.identifier.schedule, "\(occurrence.identifier.due.nanoseconds)",
            "\(occurrence.identifier.attempt)", occurrence.state.rawValue,
            "\(occurrence.isAskedFor)", occurrence.drill, occurrence.exitCode.map { "\($0)" },
            occurrence.reason, "\(occurrence.missedBefore)", owner,
        ]
    }
}

extension Occurrence {
    /// The occurrence that a row holds; throws when another version of the program wrote its state.
    init(row: PostgresConnection.Row) throws {
        self.init(
            identifier: OccurrenceIdentifier(
                schedule: row["schedule"] ?? "",
                due: Moment(nanoseconds: try row.integer("due")),
                attempt: Int(try row.integer("attempt"))),
            state: try State(stored: row["state"] ?? ""), isAskedFor: row["asked"] == "t",
            drill: row["drill"], exitCode: row["exit_code"].flatMap { Int32($0) },
            reason: row["reason"], missedBefore: Int(try row.integer("missed_before")))
    }
}

extension RulesCoder {
    /// The schedule that a row holds.
    func schedule(_ row: PostgresConnection.Row) throws -> StoredSchedule {
        StoredSchedule(
            schedule: Schedule(
                name: row["name"] ?? "", rules: try rules(row["rules"] ?? ""),
                isPaused: row["paused"] == "t", file: row["file"]),
            watermark: Moment(nanoseconds: try row.integer("watermark")))
    }
}
