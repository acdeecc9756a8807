/// Which message an idempotency key stands for, oldest first to be forgotten.
struct IdempotencyKeys: Sendable {
    /// One key with its message and its age.
    struct Record: Sendable, Equatable {
        var queue: String
        var key: String
        var id: MessageIdentifier
        /// Milliseconds since 1970.
        var enqueuedAt: Int64

        init(queue: String, key: String, id: MessageIdentifier, enqueuedAt: Int64) {
            self.queue = queue
            self.key = key
            self.id = id
            self.enqueuedAt = enqueuedAt
        }

        /// The key of a message; nil when it has none.
        init?(_ message: Message) {
            guard let key = message.idempotencyKey else { return nil }
            self.init(
                queue: message.queue, key: key, id: message.id, enqueuedAt: message.enqueuedAt)
        }
    }

    private var identifiers: [String: KeyTable] = [:]
    private var order: [Record] = []
    private var oldest = 0

    /// How many keys are known.
    var count: Int { order.count - oldest }

    /// All keys, oldest first.
    var records: ArraySlice<Record> { order[oldest...] }

    /// The message that was enqueued with a key.
    func identifier(queue: String, key: String) -> MessageIdentifier? { identifiers[queue]?[key] }

    mutating func insert(_ record: Record) {
        guard identifiers[record.queue]?[record.key] != record.id else { return }
        identifiers[record.queue, default: KeyTable()][record.key] = record.id
        order.append(record)
    }

    /// Forgets keys enqueued before a time, and the oldest ones beyond a number.
    mutating func forget(before wall: Int64, keeping limit: Int) {
        while oldest < order.count, count > limit || order[oldest].enqueuedAt < wall {
            let record = order[oldest]
            if identifiers[record.queue]?[record.key] == record.id {
                identifiers[record.queue]?[record.key] = nil
            }
            oldest += 1
        }
        if oldest > 4096, oldest * 2 > order.count {
            order.removeFirst(oldest)
            oldest = 0
        }
    }
}

/// The messages of a queue's keys, in small tables of which none grows along with another.
private struct KeyTable: Sendable {
    private var parts = [[String: MessageIdentifier]](repeating: [:], count: 256)

    subscript(key: String) -> MessageIdentifier? {
        get { parts[Self.part(of: key)][key] }
        set { parts[Self.part(of: key)][key] = newValue }
    }

    /// The FNV-1a hash (draft-eastlake-fnv), which spreads keys unevenly enough.
    private static func part(of key: String) -> Int {
        let hash = key.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0xFF)
    }
}
