import Glibc

/// The history of all drills, which outlives their evidence.
///
/// It is an index and can be made again from the evidence that is still there. It is a SQLite file, or
/// lies on a PostgreSQL server, where the services of several hosts share it: each takes in the drills
/// of its own host, and all show all. Several processes may use it at once.
public struct HistoryDatabase: Sendable {
    let storage: any HistoryStorage

    /// Opens the SQLite file at a path, or makes it, for its owner alone.
    public init(path: String) throws {
        storage = try SQLiteHistoryStorage(path: path)
    }

    /// Connects to a PostgreSQL database, and makes the tables where they are missing.
    ///
    /// - Parameter address: a connection URI: `postgresql://user@host/database`.
    public init(address: String) throws {
        storage = try PostgresHistoryStorage(address)
    }

    /// Opens what a person names: a file, or the URI of a PostgreSQL database.
    public init(_ place: String) throws {
        let isAddress = ["postgresql://", "postgres://"].contains(where: place.hasPrefix)
        if isAddress {
            try self.init(address: place)
        } else {
            try self.init(path: place)
        }
    }

    /// Where the history is: a file's path, or the URI of a PostgreSQL database.
    ///
    /// `/var/lib/firedrill` for root, else below the user's home.
    ///
    /// - Parameter environment: `FIREDRILL_HISTORY` names it, `FIREDRILL_DATABASE` the database of the
    ///   schedules that holds it too, `FIREDRILL_STATE` a directory.
    public static func standardPath(environment: [String: String]) -> String {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let path = value("FIREDRILL_HISTORY") ?? value("FIREDRILL_DATABASE") { return path }
        if let state = value("FIREDRILL_STATE") { return "\(state)/history.sqlite" }
        if geteuid() == 0 { return "/var/lib/firedrill/history.sqlite" }
        return "\(value("HOME") ?? "/tmp")/.local/state/firedrill/history.sqlite"
    }
}
