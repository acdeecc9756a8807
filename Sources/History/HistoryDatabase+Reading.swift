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
        try storage.read { database in
            let (condition, values) = filter.condition(like: database.like)
            return try database.rows(
                """
                SELECT * FROM drill WHERE \(condition)
                ORDER BY started DESC, identifier DESC LIMIT ? OFFSET ?
                """, values + [HistoryValue(limit), HistoryValue(offset)]
            ).map(DrillEntry.init)
        }
    }

    /// How many drills a filter lets through.
    public func count(_ filter: DrillFilter = DrillFilter()) throws -> Int {
        try storage.read { database in
            let (condition, values) = filter.condition(like: database.like)
            return try database.rows(
                "SELECT count(*) AS drills FROM drill WHERE \(condition)", values
            ).first?.count("drills") ?? 0
        }
    }

    /// A drill with all that is kept of it; nil when the history does not know it.
    public func details(of identifier: String) throws -> DrillDetails? {
        try storage.read { database in
            guard
                let row = try database.rows(
                    "SELECT * FROM drill WHERE identifier = ?", [.text(identifier)]
                ).first
            else { return nil }
            func rows(_ table: String, by column: String) throws -> [HistoryRow] {
                try database.rows(
                    "SELECT * FROM \(table) WHERE drill = ? ORDER BY \(column)",
                    [.integer(row.integer("id"))])
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
        let identifiers = try storage.read { database in
            guard drill != "latest" else {
                return try database.rows(
                    "SELECT identifier FROM drill ORDER BY started DESC LIMIT 1")
            }
            return try database.rows(
                """
                SELECT identifier FROM drill
                WHERE substr(identifier, 1, length(CAST(?1 AS TEXT))) = CAST(?1 AS TEXT)
                    OR substr(identifier, length(identifier) - length(CAST(?1 AS TEXT)) + 1)
                        = CAST(?1 AS TEXT)
                ORDER BY identifier = CAST(?1 AS TEXT) DESC LIMIT 2
                """, [.text(drill)])
        }.map { $0.text("identifier") }
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
    init(_ row: HistoryRow) {
        func value<Value: RawRepresentable<String>>(_ column: String) -> Value? {
            row.textIfAny(column).flatMap(Value.init)
        }
        self.init(
            identifier: row.text("identifier"), playbook: row.text("playbook"),
            title: row.text("title"), hypothesis: row.text("hypothesis"),
            tags: row.text("tags").split(separator: "\n").map(String.init),
            playbookHash: row.text("hash"), seed: UInt64(bitPattern: row.integer("seed")),
            target: row.text("target"), host: row.text("host"), kernel: row.text("kernel"),
            firedrill: row.text("firedrill"),
            user: UInt32(truncatingIfNeeded: row.integer("user")),
            startedAt: row.integer("started"),
            duration: row.integerIfAny("duration").map { Nanoseconds($0) },
            outcome: value("outcome"), reason: row.text("reason"),
            axes: DrillAxes(
                precondition: value("precondition"), injection: value("injection"),
                hypothesis: value("hypothesis_status"), undo: value("undo")),
            command: row.text("command"), directory: row.text("directory"))
    }
}

extension DrillFigure {
    init(_ row: HistoryRow) {
        self.init(
            row.text("name"), row.real("value"), Figure.Unit(rawValue: row.text("unit")) ?? .none,
            limit: row.realIfAny("bound"))
    }
}

extension DrillCheck {
    init?(_ row: HistoryRow) {
        guard let status = CheckResult.Status(rawValue: row.text("status")) else { return nil }
        self.init(name: row.text("name"), status: status, sentence: row.text("sentence"))
    }
}

extension DrillFault {
    init?(_ row: HistoryRow) {
        guard let injection = FaultRecord.Injection(rawValue: row.text("injection")),
            let undo = FaultRecord.Undo(rawValue: row.text("undo")),
            let undoneBy = FaultRecord.UndoneBy(rawValue: row.text("undone_by"))
        else { return nil }
        self.init(
            identifier: row.text("identifier"), kind: row.text("kind"),
            backend: row.text("backend"), injection: injection, undo: undo, undoneBy: undoneBy)
    }
}
