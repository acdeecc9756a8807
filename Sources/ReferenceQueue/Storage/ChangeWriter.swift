import GRDB

/// Writes changes within one transaction; counts acknowledgements up and writes them at its end.
struct ChangeWriter {
    private let database: Database
    private var acknowledged: [String: Int] = [:]

    init(_ database: Database) { self.database = database }

    mutating func write(_ change: Change) throws {
        switch change {
        case .enqueue(let message):
            try insert(message)
            if let key = IdempotencyKeys.Record(message) { try insert(key) }
        case .acknowledge(let id):
            let statement = try database.cachedStatement(
                sql: "DELETE FROM messages WHERE id = ? RETURNING queue")
            if let queue = try String.fetchOne(statement, arguments: [id.rawValue]) {
                acknowledged[queue, default: 0] += 1
            }
        case .retry(let id, let error, let availableAt):
            try execute(
                """
                UPDATE messages SET failures = failures + 1, last_error = ?, available_at = ?
                WHERE id = ?
                """, [error, availableAt, id.rawValue])
        case .bury(let id, let error):
            try execute(
                """
                UPDATE messages SET failures = failures + 1, last_error = ?, dead = 1
                WHERE id = ?
                """, [error, id.rawValue])
        case .redrive(let id, let availableAt):
            try execute(
                "UPDATE messages SET failures = 0, available_at = ?, dead = 0 WHERE id = ?",
                [availableAt, id.rawValue])
        }
    }

    func insert(_ message: Message) throws {
        try execute(
            "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                message.id.rawValue, message.queue, message.body, message.priority,
                message.maximumAttempts, message.callbackURL, message.idempotencyKey,
                message.enqueuedAt, message.availableAt, message.failures, message.lastError,
                message.isDead,
            ])
    }

    func insert(_ key: IdempotencyKeys.Record) throws {
        try execute(
            "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?)",
            [key.id.rawValue, key.queue, key.key, key.enqueuedAt])
    }

    /// Writes the counts of acknowledged messages.
    func finish() throws {
        for (queue, count) in acknowledged {
            try execute(
                """
                INSERT INTO queues VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET acknowledged = acknowledged + excluded.acknowledged
                """, [queue, count])
        }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

extension Message {
    /// The message that a row of `messages` holds.
    init(row: Row) {
        self.init(
            id: MessageIdentifier(rawValue: row["id"]), queue: row["queue"], body: row["body"],
            priority: row["priority"], maximumAttempts: row["maximum_attempts"],
            callbackURL: row["callback_url"], idempotencyKey: row["idempotency_key"],
            enqueuedAt: row["enqueued_at"], availableAt: row["available_at"],
            failures: row["failures"], lastError: row["last_error"], isDead: row["dead"])
    }
}
