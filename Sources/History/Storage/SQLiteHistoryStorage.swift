import GRDB
import Glibc

/// The history in a SQLite file, for its owner alone.
///
/// Several processes may use it at once; writes wait for each other for at most 10 s.
struct SQLiteHistoryStorage: HistoryStorage {
    private let pool: DatabasePool

    /// Opens the file at a path, or makes it.
    init(path: String) throws {
        try Self.makeParent(of: path)
        // SQLite gives its other files the mode of the first.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw HistoryError("open the history", path, reason: String(cString: strerror(errno)))
        }
        close(descriptor)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try Self.migrator.migrate(pool)
        } catch let error as DatabaseError {
            throw HistoryError(
                "open the history", path, reason: error.message ?? "\(error.resultCode)",
                remedy: "move the file away: it is made again from the evidence")
        }
    }

    func read<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value {
        try pool.read { try body(SQLiteHistoryConnection(database: $0)) }
    }

    func write<Value>(_ body: (any HistoryConnection) throws -> Value) throws -> Value {
        try pool.write { try body(SQLiteHistoryConnection(database: $0)) }
    }

    private static func makeParent(of path: String) throws {
        let components = path.split(separator: "/").dropLast()
        var directory = path.hasPrefix("/") ? "" : "."
        for component in components {
            directory += "/\(component)"
            // The host's order to halt lies beside root's history, for everybody to read.
            let mode: mode_t = directory == "/var/lib/firedrill" ? 0o755 : 0o700
            guard mkdir(directory, mode) == 0 || errno == EEXIST else {
                throw HistoryError("make", directory, reason: String(cString: strerror(errno)))
            }
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("drills") { try $0.execute(sql: drills) }
        migrator.registerMigration("tokens") { try $0.execute(sql: tokens) }
        return migrator
    }

    private static let tokens = """
        CREATE TABLE token (
            name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
            created INTEGER NOT NULL, used INTEGER
        ) WITHOUT ROWID;
        """

    private static let drills = """
        CREATE TABLE drill (
            id INTEGER PRIMARY KEY, identifier TEXT NOT NULL UNIQUE, playbook TEXT NOT NULL,
            title TEXT NOT NULL, hypothesis TEXT NOT NULL, tags TEXT NOT NULL, hash TEXT NOT NULL,
            seed INTEGER NOT NULL, target TEXT NOT NULL, host TEXT NOT NULL, kernel TEXT NOT NULL,
            firedrill TEXT NOT NULL, user INTEGER NOT NULL, started INTEGER NOT NULL,
            duration INTEGER, outcome TEXT, reason TEXT NOT NULL, precondition TEXT,
            injection TEXT, hypothesis_status TEXT, undo TEXT, command TEXT NOT NULL,
            directory TEXT NOT NULL, complete INTEGER NOT NULL);
        CREATE INDEX drill_started ON drill (started);
        CREATE INDEX drill_playbook ON drill (playbook, started);
        CREATE INDEX drill_outcome ON drill (outcome, started);
        CREATE INDEX drill_target ON drill (target, started);
        CREATE INDEX drill_directory ON drill (directory, complete);
        CREATE TABLE figure (
            drill INTEGER NOT NULL REFERENCES drill ON DELETE CASCADE, name TEXT NOT NULL,
            value REAL NOT NULL, unit TEXT NOT NULL, bound REAL, PRIMARY KEY (drill, name)
        ) WITHOUT ROWID;
        CREATE TABLE judgement (
            drill INTEGER NOT NULL REFERENCES drill ON DELETE CASCADE, position INTEGER NOT NULL,
            name TEXT NOT NULL, status TEXT NOT NULL, sentence TEXT NOT NULL,
            PRIMARY KEY (drill, position)
        ) WITHOUT ROWID;
        CREATE TABLE fault (
            drill INTEGER NOT NULL REFERENCES drill ON DELETE CASCADE, position INTEGER NOT NULL,
            identifier TEXT NOT NULL, kind TEXT NOT NULL, backend TEXT NOT NULL,
            injection TEXT NOT NULL, undo TEXT NOT NULL, undone_by TEXT NOT NULL,
            PRIMARY KEY (drill, position)
        ) WITHOUT ROWID;
        """
}

private struct SQLiteHistoryConnection: HistoryConnection {
    let database: Database
    /// SQLite's own is without regard to case.
    let like = "LIKE"

    func rows(_ sql: String, _ values: [HistoryValue]) throws -> [HistoryRow] {
        let statement = try database.cachedStatement(sql: sql)
        let arguments = StatementArguments(values.map(\.databaseValue))
        return try Row.fetchAll(statement, arguments: arguments).map(HistoryRow.init)
    }
}

extension HistoryValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): HistoryValue.storable(text).databaseValue
        }
    }
}
