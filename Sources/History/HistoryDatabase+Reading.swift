import GRDB
import Records

extension HistoryDatabase {
    /// The drills that a filter lets through, newest first.
    ///
    /// - Parameters:
    ///   - limit: the most that are returned.
    ///   - offset: how many of the newest are passed over.
    public func drills(
        _ filter: DrillFilter = DrillFilter(), limit: Int, offset: Int = 0
    ) throws -> [DrillEntry] {
        let (condition, arguments) = filter.condition
        return try pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM drill WHERE \(condition)
                    ORDER BY started DESC, identifier DESC LIMIT ? OFFSET ?
                    """, arguments: arguments + [limit, offset]
            ).map(DrillEntry.init)
        }
    }

    /// How many drills a filter lets through.
    public func count(_ filter: DrillFilter = DrillFilter()) throws -> Int {
        let (condition, arguments) = filter.condition
        return try pool.read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM drill WHERE \(condition)",
                arguments: arguments) ?? 0
        }
    }

    /// A drill with all that is kept of it; nil when the history does not know it.
    public func details(of identifier: String) throws -> DrillDetails? {
        try pool.read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM drill WHERE identifier = ?",
                    arguments: [identifier])
            else { return nil }
            let drill: Int64 = row["id"]
            func rows(_ table: String, by column: String) throws -> [Row] {
                try Row.fetchAll(
                    database, sql: "SELECT * FROM \(table) WHERE drill = ? ORDER BY \(column)",
                    arguments: [drill])
            }
            return DrillDetails(
                entry: DrillEntry(row),
                figures: try rows("figure", by: "name").map(DrillFigure.init),
                checks: try rows("judgement", by: "position").compactMap(DrillCheck.init),
                faults: try rows("fault", by: "position").compactMap(DrillFault.init))
        }
    }

    /// Finds the drill that a person means: an identifier, its beginning or end, or `latest`.
    ///
    /// Throws when there is none, or more than one.
    public func find(_ drill: String) throws -> DrillDetails {
        let identifiers = try pool.read { database in
            guard drill != "latest" else {
                return try String.fetchAll(
                    database, sql: "SELECT identifier FROM drill ORDER BY started DESC LIMIT 1")
            }
            return try String.fetchAll(
                database,
                sql: """
                    SELECT identifier FROM drill WHERE substr(identifier, 1, length(?1)) = ?1
                        OR substr(identifier, -length(?1)) = ?1
                    ORDER BY identifier = ?1 DESC LIMIT 2
                    """, arguments: [drill])
        }
        guard let first = identifiers.first, identifiers.count == 1 || first == drill,
            let details = try details(of: first)
        else {
            throw HistoryError(
                "find the drill", "'\(drill)'",
                reason: identifiers.isEmpty ? "there is none" : "more than one matches",
                remedy: "`firedrill list` shows the drills there are")
        }
        return details
    }
}

extension DrillEntry {
    init(_ row: Row) {
        func value<Value: RawRepresentable<String>>(_ column: String) -> Value? {
            (row[column] as String?).flatMap(Value.init)
        }
        let tags: String = row["tags"]
        self.init(
            identifier: row["identifier"], playbook: row["playbook"], title: row["title"],
            hypothesis: row["hypothesis"], tags: tags.split(separator: "\n").map(String.init),
            playbookHash: row["hash"], seed: UInt64(bitPattern: row["seed"] as Int64),
            target: row["target"], host: row["host"], kernel: row["kernel"],
            firedrill: row["firedrill"], user: row["user"], startedAt: row["started"],
            duration: (row["duration"] as Int64?).map { Nanoseconds($0) },
            outcome: value("outcome"), reason: row["reason"],
            axes: DrillAxes(
                precondition: value("precondition"), injection: value("injection"),
                hypothesis: value("hypothesis_status"), undo: value("undo")),
            command: row["command"], directory: row["directory"])
    }
}

extension DrillFigure {
    init(_ row: Row) {
        self.init(
            row["name"], row["value"], Figure.Unit(rawValue: row["unit"]) ?? .none,
            limit: row["bound"])
    }
}

extension DrillCheck {
    init?(_ row: Row) {
        guard let status = CheckResult.Status(rawValue: row["status"]) else { return nil }
        self.init(name: row["name"], status: status, sentence: row["sentence"])
    }
}

extension DrillFault {
    init?(_ row: Row) {
        guard let injection = FaultRecord.Injection(rawValue: row["injection"]),
            let undo = FaultRecord.Undo(rawValue: row["undo"]),
            let undoneBy = FaultRecord.UndoneBy(rawValue: row["undone_by"])
        else { return nil }
        self.init(
            identifier: row["identifier"], kind: row["kind"], backend: row["backend"],
            injection: injection, undo: undo, undoneBy: undoneBy)
    }
}
