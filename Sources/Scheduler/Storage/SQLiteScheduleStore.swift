import GRDB

/// Schedules in a SQLite file, in WAL mode with synchronous=FULL.
///
/// One service at a time runs them (``ScheduleDirectory/lock()``); commands change them meanwhile,
/// and wait for each other for at most 10 s.
public struct SQLiteScheduleStore: ScheduleStore {
    /// None: the directory's lock ends with the service.
    public let lease: Duration? = nil
    let database: DatabaseQueue
    private let coder = RulesCoder()
    /// Tells this service's occurrences from those of services before it.
    let owner: String

    /// Opens or makes the store of a directory.
    ///
    /// - Parameter owner: the name of this service, another one with every start.
    public init(_ directory: ScheduleDirectory, owner: String) throws {
        self.owner = owner
        let path = directory.path + "/schedules.sqlite"
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { database in
                try database.execute(sql: Self.schema)
                try Self.addTold(database)
            }
        } catch let error as DatabaseError {
            throw ScheduleError(
                attempted: "open the schedules", object: path,
                reason: error.message ?? "\(error.resultCode)")
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS schedule (
            name TEXT PRIMARY KEY, rules TEXT NOT NULL, paused INTEGER NOT NULL, file TEXT,
            watermark INTEGER NOT NULL, revision INTEGER NOT NULL, removed INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS schedule_revision ON schedule (revision);
        CREATE TABLE IF NOT EXISTS occurrence (
            schedule TEXT NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL,
            state TEXT NOT NULL, asked INTEGER NOT NULL, drill TEXT, exit_code INTEGER,
            reason TEXT, missed_before INTEGER NOT NULL, owner TEXT,
            PRIMARY KEY (schedule, due, attempt)
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS occurrence_open ON occurrence (owner)
            WHERE state IN ('waiting', 'starting', 'running');
        CREATE INDEX IF NOT EXISTS occurrence_due ON occurrence (due);
        CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        """

    /// Adds what older versions of the store had not: whether people know of an occurrence.
    ///
    /// Of what is there already they do.
    private static func addTold(_ database: Database) throws {
        let columns = try database.columns(in: "occurrence").map(\.name)
        guard !columns.contains("told") else { return }
        try database.execute(
            sql: """
                ALTER TABLE occurrence ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
                UPDATE occurrence SET told = 1
                    WHERE state NOT IN ('waiting', 'starting', 'running');
                CREATE INDEX occurrence_untold ON occurrence (due) WHERE told = 0;
                """)
    }

    public func put(_ schedules: [Schedule], watermark: Moment, replacing: Bool) throws {
        try database.write { database in
            let find = try database.makeStatement(
                sql: "SELECT removed = 0 FROM schedule WHERE name = ?")
            let insert = try database.makeStatement(
                sql: "INSERT OR REPLACE INTO schedule VALUES (?, ?, ?, ?, ?, ?, 0)")
            let revision = try Self.nextRevision(database)
            for schedule in schedules {
                let isThere = try Bool.fetchOne(find, arguments: [schedule.name]) ?? false
                guard replacing || !isThere else {
                    throw ScheduleError(
                        attempted: "add the schedule", object: schedule.name,
                        reason: "there is one of that name",
                        remedy: "remove it first, or choose another name")
                }
                try insert.execute(arguments: [
                    schedule.name, try coder.text(of: schedule.rules), schedule.isPaused,
                    schedule.file, watermark.nanoseconds, revision,
                ])
            }
        }
    }

    public func remove(_ name: String) throws -> Bool {
        try change(name, "removed = 1", [])
    }

    public func setPaused(_ name: String, _ isPaused: Bool, watermark: Moment) throws -> Bool {
        try change(name, "paused = ?, watermark = ?", [isPaused, watermark.nanoseconds])
    }

    private func change(
        _ name: String, _ assignment: String, _ values: StatementArguments
    ) throws -> Bool {
        try database.write { database in
            try database.execute(
                sql:
                    "UPDATE schedule SET \(assignment), revision = ? WHERE name = ? AND removed = 0",
                arguments: values + [try Self.nextRevision(database), name])
            return database.changesCount > 0
        }
    }

    public func schedule(_ name: String) throws -> StoredSchedule? {
        try database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM schedule WHERE name = ? AND removed = 0",
                arguments: [name]
            ).map { try coder.schedule($0) }
        }
    }

    public func readChanges(
        since revision: Int64?, _ body: (ScheduleChange) throws -> Void
    ) throws -> Int64 {
        try database.read { database in
            let now =
                try Int64.fetchOne(database, sql: "SELECT value FROM fact WHERE name = 'revision'")
                ?? 0
            guard now != revision else { return now }
            let rows = try Row.fetchCursor(
                database, sql: "SELECT * FROM schedule WHERE revision > ? ORDER BY name",
                arguments: [revision ?? -1])
            while let row = try rows.next() {
                if !row["removed"] {
                    try body(.put(try coder.schedule(row)))
                } else if revision != nil {
                    try body(.removed(name: row["name"]))
                }
            }
            return now
        }
    }

    private static func nextRevision(_ database: Database) throws -> Int64 {
        try database.execute(
            sql: """
                INSERT INTO fact VALUES ('revision', 1)
                ON CONFLICT (name) DO UPDATE SET value = value + 1
                """)
        return try Int64.fetchOne(database, sql: "SELECT value FROM fact WHERE name = 'revision'")
            ?? 0
    }

    public func setFreeze(_ freeze: Freeze?) throws {
        let text = try freeze.map { try coder.text(of: $0) }
        try database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO fact VALUES ('freeze', ?)", arguments: [text])
        }
    }

    public func freeze() throws -> Freeze? {
        let text = try database.read { database in
            try String.fetchOne(database, sql: "SELECT value FROM fact WHERE name = 'freeze'")
        }
        return try text.map { try coder.value(Freeze.self, $0) }
    }

    public func occurrences(of schedule: String?, limit: Int) throws -> [Occurrence] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM occurrence WHERE ?1 IS NULL OR schedule = ?1
                    ORDER BY due DESC, attempt DESC LIMIT ?2
                    """, arguments: [schedule, limit]
            ).map(Occurrence.init(row:))
        }
    }

    public func forget(before moment: Moment) throws -> Int {
        try database.write { database in
            try database.execute(
                sql: """
                    DELETE FROM occurrence WHERE due < ?
                    AND state NOT IN ('waiting', 'starting', 'running')
                    """, arguments: [moment.nanoseconds])
            return database.changesCount
        }
    }
}
