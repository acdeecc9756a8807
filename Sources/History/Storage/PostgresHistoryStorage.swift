import Postgres
import Synchronization

/// The history in a PostgreSQL database that the services of several hosts share.
final class PostgresHistoryStorage: HistoryStorage {
    /// The most connections that are kept for later; no more are open than threads ask at once.
    private static let kept = 4

    private let address: String
    private let idle = Mutex<[PostgresConnection]>([])

    /// Connects to a database, and makes the tables where they are missing.
    init(_ address: String) throws {
        self.address = address
        let connection = try PostgresConnection(address)
        try connection.transaction {
            // Two services that start at once must not both make the tables.
            try connection.execute("SELECT pg_advisory_xact_lock(7302462)")
            for statement in Self.schema { try connection.execute(statement) }
        }
        idle.withLock { $0 = [connection] }
    }

    func read<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    func write<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value {
        try transaction("BEGIN", body)
    }

    private func transaction<Value>(
        _ beginning: String, _ body: (any HistoryConnection) throws -> Value
    ) throws -> Value {
        let connection = try begin(beginning)
        defer { keep(connection) }
        do {
            let value = try body(PostgresHistoryConnection(connection: connection))
            try connection.execute("COMMIT")
            return value
        } catch {
            _ = try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// A connection with a transaction; of one that the server has closed meanwhile nothing is lost.
    private func begin(_ statement: String) throws -> PostgresConnection {
        while let connection = idle.withLock({ $0.popLast() }) {
            if (try? connection.execute(statement)) != nil { return connection }
        }
        let connection = try PostgresConnection(address)
        try connection.execute(statement)
        return connection
    }

    private func keep(_ connection: PostgresConnection) {
        guard connection.isOpen else { return }
        idle.withLock { idle in
            if idle.count < Self.kept { idle.append(connection) }
        }
    }

    /// Texts are in the order of their bytes, as in SQLite.
    private static let schema = [
        """
        CREATE TABLE IF NOT EXISTS drill (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            identifier text COLLATE "C" NOT NULL UNIQUE, playbook text COLLATE "C" NOT NULL,
            title text NOT NULL, hypothesis text NOT NULL, tags text NOT NULL, hash text NOT NULL,
            seed bigint NOT NULL, target text COLLATE "C" NOT NULL, host text NOT NULL,
            kernel text NOT NULL, firedrill text NOT NULL, "user" bigint NOT NULL,
            started bigint NOT NULL, duration bigint, outcome text, reason text NOT NULL,
            precondition text, injection text, hypothesis_status text, undo text,
            command text NOT NULL, directory text COLLATE "C" NOT NULL, complete integer NOT NULL)
        """,
        "CREATE INDEX IF NOT EXISTS drill_started ON drill (started)",
        "CREATE INDEX IF NOT EXISTS drill_playbook ON drill (playbook, started)",
        "CREATE INDEX IF NOT EXISTS drill_outcome ON drill (outcome, started)",
        "CREATE INDEX IF NOT EXISTS drill_target ON drill (target, started)",
        "CREATE INDEX IF NOT EXISTS drill_directory ON drill (directory, complete)",
        """
        CREATE TABLE IF NOT EXISTS figure (
            drill bigint NOT NULL REFERENCES drill ON DELETE CASCADE,
            name text COLLATE "C" NOT NULL, value double precision NOT NULL, unit text NOT NULL,
            bound double precision, PRIMARY KEY (drill, name))
        """,
        """
        CREATE TABLE IF NOT EXISTS judgement (
            drill bigint NOT NULL REFERENCES drill ON DELETE CASCADE, position integer NOT NULL,
            name text NOT NULL, status text NOT NULL, sentence text NOT NULL,
            PRIMARY KEY (drill, position))
        """,
        """
        CREATE TABLE IF NOT EXISTS fault (
            drill bigint NOT NULL REFERENCES drill ON DELETE CASCADE, position integer NOT NULL,
            identifier text NOT NULL, kind text COLLATE "C" NOT NULL, backend text NOT NULL,
            injection text NOT NULL, undo text NOT NULL, undone_by text NOT NULL,
            PRIMARY KEY (drill, position))
        """,
        """
        CREATE TABLE IF NOT EXISTS token (
            name text COLLATE "C" PRIMARY KEY, hash text NOT NULL UNIQUE, scope text NOT NULL,
            created bigint NOT NULL, used bigint)
        """,
    ]
}

private struct PostgresHistoryConnection: HistoryConnection {
    let connection: PostgresConnection
    let like = "ILIKE"

    func rows(_ sql: String, _ values: [HistoryValue]) throws -> [HistoryRow] {
        try connection.execute(Self.numbered(sql), values.map(\.text)).map(HistoryRow.init)
    }

    /// Writes `$1`, `$2` for each `?`, and `$7` for `?7`; no text of ours has a question mark.
    private static func numbered(_ sql: String) -> String {
        guard sql.utf8.contains(UInt8(ascii: "?")) else { return sql }
        var result = ""
        var last = 0
        let parts = sql.split(separator: "?", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index > 0 {
                result += "$"
                if part.first?.isNumber != true {
                    last += 1
                    result += "\(last)"
                }
            }
            result += part
        }
        return result
    }
}

extension HistoryValue {
    /// As PostgreSQL reads it.
    fileprivate var text: String? {
        switch self {
        case .null: nil
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .text(let text): HistoryValue.storable(text)
        }
    }
}
