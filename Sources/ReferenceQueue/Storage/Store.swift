import GRDB
import Glibc

/// The durable state of a node: one SQLite database in WAL mode with synchronous=FULL.
///
/// A commit is one transaction with one fsync of the log. The connection holds the database's
/// exclusive lock, so a second process on the same directory fails to start; with it SQLite needs
/// no shared-memory index, whose growth on a full disk could end the process. What writes waits for
/// the disk on the caller's thread.
struct Store: Sendable {
    /// What a node finds when it starts.
    struct Contents: Sendable {
        var state: QueueState
        var position: CommitPosition
        /// The highest epoch this node has taken part in.
        var seenEpoch: Int64
        /// Tells this store from every other one, also from one made in its place.
        var identity: String
    }

    private let database: DatabaseQueue
    private let directory: String
    private let maximumPages: Int?

    /// Opens or makes the database in a directory.
    ///
    /// - Parameters:
    ///   - maximumPages: bounds its size, in pages of 4 KiB.
    ///   - syncs: whether a commit waits for the disk.
    init(directory: String, maximumPages: Int? = nil, syncs: Bool = true) throws {
        self.directory = directory
        self.maximumPages = maximumPages
        if mkdir(directory, 0o755) != 0, errno != EEXIST {
            throw StoreError(
                "cannot make the data directory \(directory): \(String(cString: strerror(errno)))")
        }
        var configuration = Configuration()
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = \(syncs ? "FULL" : "OFF");
                    PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                    """)
            if let maximumPages {
                try database.execute(sql: "PRAGMA max_page_count = \(maximumPages)")
            }
        }
        do {
            database = try DatabaseQueue(
                path: directory + "/queue.sqlite", configuration: configuration)
            try database.write { database in
                try database.execute(sql: Self.schema)
                // Never seeded: a store made anew must not look like the one it replaces.
                try database.execute(
                    sql: "INSERT OR IGNORE INTO facts VALUES ('identity', ?)",
                    arguments: [Int64.random(in: 1 ... .max)])
            }
        } catch let error as DatabaseError {
            let hint =
                error.resultCode == .SQLITE_BUSY
                ? "another refqueue uses it" : "\(error.message ?? "no reason given")"
            throw StoreError("cannot open the database in \(directory): \(hint)")
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS messages (
            id INTEGER PRIMARY KEY, queue TEXT NOT NULL, body TEXT NOT NULL,
            priority INTEGER NOT NULL, maximum_attempts INTEGER NOT NULL, callback_url TEXT,
            idempotency_key TEXT, enqueued_at INTEGER NOT NULL, available_at INTEGER NOT NULL,
            failures INTEGER NOT NULL, last_error TEXT, dead INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS keys (
            id INTEGER PRIMARY KEY, queue TEXT NOT NULL, key TEXT NOT NULL,
            enqueued_at INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL)
            WITHOUT ROWID;
        """

    /// Free bytes on the store's file system; see statvfs(3).
    var freeBytes: Int64 {
        var statistics = statvfs()
        guard statvfs(directory, &statistics) == 0 else { return 0 }
        return Int64(statistics.f_bavail) * Int64(statistics.f_frsize)
    }

    /// Whether enough is free to accept messages again after the store was full.
    ///
    /// As much as the reserve must be free beside it, or service would flap.
    func hasRoom(besides reserve: Int64) -> Bool {
        guard let maximumPages else { return freeBytes >= 2 * reserve }
        let used = try? database.read { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            return pages - (try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0)
        }
        return (used ?? maximumPages) < maximumPages / 2
    }

    /// After how many pages the log is moved into the database.
    private static let checkpointPages = 512

    /// Uses what space is left so that settling goes on for as long as possible.
    ///
    /// When the log certainly fits into the database it is moved there and written again from its
    /// start, which takes no more space. Otherwise nothing is moved: the attempt at every commit
    /// would use up the space without ever coming to its end.
    func beginFull() async {
        var log = stat()
        let isKnown = stat(directory + "/queue.sqlite-wal", &log) == 0
        let fits = isKnown && freeBytes >= Int64(log.st_size) + 262_144
        await setCheckpoints(every: fits ? Self.checkpointPages : 0, now: fits)
    }

    /// Space has returned.
    func endFull() async { await setCheckpoints(every: Self.checkpointPages, now: false) }

    private func setCheckpoints(every pages: Int, now: Bool) async {
        // What fails here fails again, and is answered, at the next commit.
        try? await database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(pages)")
            if now { try database.checkpoint(.restart) }
        }
    }

    /// Reads everything.
    func load() throws -> Contents {
        try database.read { database in
            let messages = try Row.fetchAll(database, sql: "SELECT * FROM messages").map(
                Message.init(row:))
            var acknowledged: [String: Int] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT * FROM queues") {
                acknowledged[row["name"]] = row["acknowledged"]
            }
            let keys = try Row.fetchAll(database, sql: "SELECT * FROM keys ORDER BY id").map {
                IdempotencyKeys.Record(
                    queue: $0["queue"], key: $0["key"],
                    id: MessageIdentifier(rawValue: $0["id"]), enqueuedAt: $0["enqueued_at"])
            }
            return Contents(
                state: QueueState(messages: messages, acknowledged: acknowledged, keys: keys),
                position: CommitPosition(
                    index: try Self.fact("index", database),
                    epoch: try Self.fact("epoch", database)),
                seenEpoch: try Self.fact("seen_epoch", database),
                identity: String(try Self.fact("identity", database), radix: 16))
        }
    }

    /// Makes commits durable, all or none.
    func append(_ commits: [Commit]) throws(StoreError) {
        try write { database in
            var writer = ChangeWriter(database)
            for commit in commits {
                for change in commit.changes { try writer.write(change) }
            }
            try writer.finish()
            if let last = commits.last?.position { try Self.setPosition(last, database) }
        }
    }

    /// Records that this node takes part in an epoch.
    func see(epoch: Int64) throws(StoreError) {
        try write { try Self.setFact("seen_epoch", epoch, $0) }
    }

    /// The position of a store whose snapshot is incomplete; no history has it.
    static let incomplete = CommitPosition(index: -1, epoch: -1)

    /// Empties the store before a snapshot is put in.
    func beginSnapshot() throws(StoreError) {
        try write { database in
            try database.execute(
                sql: "DELETE FROM messages; DELETE FROM keys; DELETE FROM queues")
            try Self.setPosition(Self.incomplete, database)
        }
    }

    /// Puts a part of a snapshot in.
    func addSnapshot(_ part: SnapshotPart) throws(StoreError) {
        try write { database in
            let writer = ChangeWriter(database)
            for message in part.messages { try writer.insert(message) }
            for key in part.keys { try writer.insert(key) }
            for (queue, count) in part.acknowledged {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO queues VALUES (?, ?)", arguments: [queue, count])
            }
            if let position = part.completes { try Self.setPosition(position, database) }
        }
    }

    /// Deletes idempotency keys enqueued before a time, and the oldest beyond a number.
    func forgetKeys(before wall: Int64, keeping limit: Int) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: """
                    DELETE FROM keys WHERE enqueued_at < ? OR id <=
                        (SELECT id FROM keys ORDER BY id DESC LIMIT 1 OFFSET ?)
                    """, arguments: [wall, limit])
        }
    }

    private func write(
        _ updates: (Database) throws -> Void
    ) throws(StoreError) {
        do {
            try database.write(updates)
        } catch {
            throw StoreError(error, freeBytes: freeBytes)
        }
    }

    private static func fact(_ name: String, _ database: Database) throws -> Int64 {
        try Int64.fetchOne(
            database, sql: "SELECT value FROM facts WHERE name = ?", arguments: [name]) ?? 0
    }

    private static func setFact(_ name: String, _ value: Int64, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO facts VALUES (?, ?)")
        try statement.execute(arguments: [name, value])
    }

    private static func setPosition(_ position: CommitPosition, _ database: Database) throws {
        try setFact("index", position.index, database)
        try setFact("epoch", position.epoch, database)
    }
}

/// Why the store could not do what it was asked; nothing of it was stored.
struct StoreError: Error, CustomStringConvertible {
    var description: String
    /// Whether there was no space.
    var isFull = false

    init(_ description: String) { self.description = description }

    init(_ error: any Error, freeBytes: Int64) {
        description = "\(error)"
        guard let error = error as? DatabaseError else { return }
        // A write that meets ENOSPC in the middle of a page is reported as an I/O error.
        isFull =
            error.resultCode == .SQLITE_FULL
            || (error.resultCode == .SQLITE_IOERR && freeBytes < 65_536)
    }
}
