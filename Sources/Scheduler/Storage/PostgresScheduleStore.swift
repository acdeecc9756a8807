import Postgres
import Synchronization

/// Schedules in a PostgreSQL database that several services share.
///
/// A service owns what it claimed for as long as it renews its lease; what belongs to one whose
/// lease has run out is taken over with FOR UPDATE SKIP LOCKED, so that each occurrence goes to one.
/// Leases are by the server's clock.
public final class PostgresScheduleStore: ScheduleStore, SharedNotes {
    /// How long a service may be silent before others take over what it owned.
    public let lease: Duration?

    private let address: String
    let owner: String
    let coder = RulesCoder()
    /// Used under its lock alone; libpq's connections are for one thread at a time.
    private let connection = Mutex<PostgresConnection?>(nil)

    /// Connects to a database, and makes the tables where they are missing.
    ///
    /// - Parameters:
    ///   - address: a connection URI: `postgresql://user@host/database`.
    ///   - owner: the name of this service, another one with every start.
    public init(_ address: String, owner: String, lease: Duration = .seconds(15)) throws {
        self.address = address
        self.lease = lease
        self.owner = owner
        try with { connection in
            try connection.transaction {
                // Two services that start at once must not both make the tables.
                try connection.execute("SELECT pg_advisory_xact_lock(7302461)")
                for statement in Self.schema { try connection.execute(statement) }
            }
        }
    }

    /// Uses the connection; makes a new one where the last has broken.
    func with<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
        try connection.withLock { held in
            if let held, held.isOpen { return try body(held) }
            held = nil
            let opened = try PostgresConnection(address)
            held = opened
            return try body(opened)
        }
    }

    private static let schema = [
        """
        CREATE TABLE IF NOT EXISTS schedule (
            name text PRIMARY KEY, rules text NOT NULL, paused boolean NOT NULL, file text,
            watermark bigint NOT NULL, revision bigint NOT NULL, removed boolean NOT NULL)
        """,
        "CREATE INDEX IF NOT EXISTS schedule_revision ON schedule (revision)",
        """
        CREATE TABLE IF NOT EXISTS occurrence (
            schedule text NOT NULL, due bigint NOT NULL, attempt integer NOT NULL,
            state text NOT NULL, asked boolean NOT NULL, drill text, exit_code integer, reason text,
            missed_before bigint NOT NULL, owner text, PRIMARY KEY (schedule, due, attempt))
        """,
        """
        CREATE INDEX IF NOT EXISTS occurrence_open ON occurrence (owner)
            WHERE state IN ('waiting', 'starting', 'running')
        """,
        "CREATE INDEX IF NOT EXISTS occurrence_due ON occurrence (due)",
        // Of what older versions have kept people know.
        "ALTER TABLE occurrence ADD COLUMN IF NOT EXISTS told boolean NOT NULL DEFAULT true",
        "ALTER TABLE occurrence ALTER COLUMN told SET DEFAULT false",
        "CREATE INDEX IF NOT EXISTS occurrence_untold ON occurrence (due) WHERE NOT told",
        "CREATE TABLE IF NOT EXISTS fact (name text PRIMARY KEY, value text)",
        "CREATE TABLE IF NOT EXISTS service (owner text PRIMARY KEY, lease timestamptz NOT NULL)",
    ]

    public func put(_ schedules: [Schedule], watermark: Moment, replacing: Bool) throws {
        try with { connection in
            try connection.transaction {
                let revision = try nextRevision(connection)
                for schedule in schedules {
                    // Whoever is replaced is a removed one, unless others may be as well.
                    let rows = try connection.execute(
                        """
                        INSERT INTO schedule VALUES ($1, $2, $3, $4, $5, $6, false)
                        ON CONFLICT (name) DO UPDATE SET rules = excluded.rules,
                            paused = excluded.paused, file = excluded.file,
                            watermark = excluded.watermark, revision = excluded.revision,
                            removed = false
                        WHERE schedule.removed OR $7 RETURNING name
                        """,
                        [
                            schedule.name, try coder.text(of: schedule.rules),
                            "\(schedule.isPaused)", schedule.file, "\(watermark.nanoseconds)",
                            revision, "\(replacing)",
                        ])
                    guard !rows.isEmpty else {
                        throw ScheduleError(
                            attempted: "add the schedule", object: schedule.name,
                            reason: "there is one of that name",
                            remedy: "remove it first, or choose another name")
                    }
                }
            }
        }
    }

    public func remove(_ name: String) throws -> Bool {
        try change(name, "removed = true", [])
    }

    public func setPaused(_ name: String, _ isPaused: Bool, watermark: Moment) throws -> Bool {
        try change(
            name, "paused = $3, watermark = $4", ["\(isPaused)", "\(watermark.nanoseconds)"])
    }

    private func change(_ name: String, _ assignment: String, _ values: [String]) throws -> Bool {
        try with { connection in
            try connection.transaction {
                try !connection.execute(
                    """
                    UPDATE schedule SET \(assignment), revision = $2
                    WHERE name = $1 AND NOT removed RETURNING name
                    """, [name, try nextRevision(connection)] + values
                ).isEmpty
            }
        }
    }

    public func schedule(_ name: String) throws -> StoredSchedule? {
        try with { connection in
            try connection.execute(
                "SELECT * FROM schedule WHERE name = $1 AND NOT removed", [name]
            ).first.map { try coder.schedule($0) }
        }
    }

    public func readChanges(
        since revision: Int64?, _ body: (ScheduleChange) throws -> Void
    ) throws -> Int64 {
        try with { connection in
            let row = try connection.execute("SELECT value FROM fact WHERE name = 'revision'").first
            let now = try row?.integer("value") ?? 0
            guard now != revision else { return now }
            let rows = try connection.execute(
                "SELECT * FROM schedule WHERE revision > $1 AND revision <= $2 ORDER BY name",
                ["\(revision ?? -1)", "\(now)"])
            for row in rows {
                if row["removed"] != "t" {
                    try body(.put(try coder.schedule(row)))
                } else if revision != nil {
                    try body(.removed(name: row["name"] ?? ""))
                }
            }
            return now
        }
    }

    /// The row's lock makes revisions come one after the other, each with all that it changed.
    private func nextRevision(_ connection: PostgresConnection) throws -> String {
        try connection.execute(
            """
            INSERT INTO fact VALUES ('revision', '1') ON CONFLICT (name)
            DO UPDATE SET value = (fact.value::bigint + 1)::text RETURNING value
            """
        ).first?["value"] ?? "0"
    }

    public func setFreeze(_ freeze: Freeze?) throws {
        let text = try freeze.map { try coder.text(of: $0) }
        try with { connection in
            _ = try connection.execute(
                """
                INSERT INTO fact VALUES ('freeze', $1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, [text])
        }
    }

    public func changeNote(_ name: String, _ body: (String?) throws -> String?) throws {
        try with { connection in
            try connection.transaction {
                // The row is there for whoever comes second to wait for.
                try connection.execute(
                    "INSERT INTO fact VALUES ($1, NULL) ON CONFLICT (name) DO NOTHING", [name])
                let old = try connection.execute(
                    "SELECT value FROM fact WHERE name = $1 FOR UPDATE", [name]
                ).first?["value"]
                let new = try body(old)
                guard new != old else { return }
                try connection.execute(
                    "UPDATE fact SET value = $2 WHERE name = $1", [name, new])
            }
        }
    }

    public func freeze() throws -> Freeze? {
        try with { connection in
            try connection.execute("SELECT value FROM fact WHERE name = 'freeze'").first?["value"]
                .map { try coder.value(Freeze.self, $0) }
        }
    }
}
