import GRDB

extension SQLiteScheduleStore {
    public func ask(for identifier: OccurrenceIdentifier) throws {
        let occurrence = Occurrence(identifier: identifier, isAskedFor: true)
        try database.write { _ = try write([occurrence], owner: nil, $0) }
    }

    public func claim(_ claims: [Claim]) throws -> [Claim] {
        try database.write { database in
            let update = try database.makeStatement(
                sql: """
                    UPDATE schedule SET watermark = ? WHERE name = ? AND watermark = ?
                    AND removed = 0 AND paused = 0
                    """)
            var accepted: [Claim] = []
            for var claim in claims {
                try update.execute(arguments: [
                    claim.watermark.nanoseconds, claim.schedule, claim.expected.nanoseconds,
                ])
                guard database.changesCount > 0 else { continue }
                // One that is there already was decided on, whatever the watermark says.
                claim.occurrences = try write(
                    claim.occurrences, owner: owner, database, onConflict: "NOTHING")
                accepted.append(claim)
            }
            return accepted
        }
    }

    public func record(_ occurrences: [Occurrence]) throws {
        try database.write { _ = try write(occurrences, owner: owner, $0) }
    }

    private static let update = """
        UPDATE SET state = excluded.state, asked = excluded.asked, drill = excluded.drill,
            exit_code = excluded.exit_code, reason = excluded.reason,
            missed_before = excluded.missed_before, owner = excluded.owner
        """

    /// Writes occurrences; returns those that were written.
    @discardableResult
    private func write(
        _ occurrences: [Occurrence], owner: String?, _ database: Database,
        onConflict conflict: String = Self.update
    ) throws -> [Occurrence] {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO occurrence (schedule, due, attempt, state, asked, drill, exit_code,
                    reason, missed_before, owner) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (schedule, due, attempt) DO \(conflict)
                """)
        return try occurrences.filter { occurrence in
            try statement.execute(arguments: [
                occurrence.identifier.schedule, occurrence.identifier.due.nanoseconds,
                occurrence.identifier.attempt, occurrence.state.rawValue, occurrence.isAskedFor,
                occurrence.drill, occurrence.exitCode, occurrence.reason, occurrence.missedBefore,
                owner,
            ])
            return database.changesCount > 0
        }
    }

    public func takeOver(at now: Moment) throws -> Leftovers {
        try database.write { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM occurrence WHERE state IN ('waiting', 'starting', 'running')
                    AND owner IS NOT ? ORDER BY due, schedule, attempt
                    """, arguments: [owner])
            var leftovers = Leftovers()
            for row in rows {
                var occurrence = try Occurrence(row: row)
                if occurrence.state == .waiting {
                    leftovers.waiting.append(occurrence)
                } else {
                    occurrence.state = .aborted
                    occurrence.reason = "the service that ran it ended before it did"
                    leftovers.aborted.append(occurrence)
                }
            }
            try write(leftovers.waiting + leftovers.aborted, owner: owner, database)
            return leftovers
        }
    }

    public func takeUntold(limit: Int) throws -> [Occurrence] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM occurrence WHERE told = 0
                    AND state NOT IN ('waiting', 'starting', 'running')
                    ORDER BY due, schedule, attempt LIMIT ?
                    """, arguments: [limit]
            ).map(Occurrence.init(row:))
        }
    }

    public func noteTold(_ occurrences: [OccurrenceIdentifier]) throws {
        try database.write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE occurrence SET told = 1
                    WHERE schedule = ? AND due = ? AND attempt = ?
                    """)
            for occurrence in occurrences {
                try statement.execute(arguments: [
                    occurrence.schedule, occurrence.due.nanoseconds, occurrence.attempt,
                ])
            }
        }
    }

    /// Does nothing: the directory's lock ends with the service.
    public func renew(at now: Moment) {}
}
