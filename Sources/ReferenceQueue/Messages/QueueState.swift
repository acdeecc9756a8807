/// Everything a node knows about its queues; no clock, no disk, no network.
///
/// `apply` is the durable part: the same commits give the same messages on every node. Order of
/// delivery and leases exist on a primary alone, between `startServing` and `stopServing`.
struct QueueState: Sendable {
    /// Where a message stands.
    enum Status: Sendable, Equatable {
        case ready, delayed, dead
        /// Delivered; `until` is a monotonic time in nanoseconds.
        case leased(Receipt, until: Int64)
    }

    struct Entry: Sendable {
        var message: Message
        var status: Status
    }

    /// How many messages of a queue stand where, and how many were acknowledged ever.
    struct Counters: Sendable, Equatable {
        var ready = 0
        var delayed = 0
        var leased = 0
        var dead = 0
        var acknowledged = 0
    }

    /// Who takes a ready message: consumers of its queue, or the callback dispatcher.
    enum Lane: Sendable, Hashable {
        case queue(String)
        case callbacks
    }

    private(set) var entries = MessageTable<Entry>()
    private(set) var counters: [String: Counters] = [:]
    private(set) var deadLetters: [String: SortedIdentifiers] = [:]
    private(set) var keys = IdempotencyKeys()
    /// Bytes of all bodies, for the limit on memory.
    private(set) var storedBytes = 0

    /// The epoch in which this node serves; nil on a standby.
    private(set) var servingEpoch: Int64?
    private var ready: [Lane: Heap<ReadyKey>] = [:]
    private var delayed = Heap<TimedKey>()
    private var leases = Heap<TimedKey>()
    private var nextCount: Int64 = 0
    private var nextNonce: UInt32 = 0
    /// Lanes that got a ready message since they were last asked for.
    private var freshLanes: Set<Lane> = []

    init() {}

    /// The state as it was stored: messages, the acknowledged count of each queue, keys.
    init(messages: [Message], acknowledged: [String: Int], keys: [IdempotencyKeys.Record]) {
        add(SnapshotPart(messages: messages, keys: keys, acknowledged: acknowledged))
    }

    /// Puts a part of a snapshot in.
    mutating func add(_ part: SnapshotPart) {
        for message in part.messages { insert(message) }
        for (queue, count) in part.acknowledged {
            counters[queue, default: .init()].acknowledged = count
        }
        for key in part.keys { keys.insert(key) }
    }

    /// Begins to deliver, in a new epoch.
    mutating func startServing(epoch: Int64, now: Moment) {
        stopServing()
        servingEpoch = epoch
        nextCount = 0
        nextNonce = 0
        for id in entries.sortedIdentifiers { schedule(id, now: now) }
    }

    /// Ends delivery; every lease is forgotten.
    mutating func stopServing() {
        servingEpoch = nil
        ready = [:]
        delayed = Heap()
        leases = Heap()
        freshLanes = []
        for id in entries.sortedIdentifiers where entries[id]?.status != .dead {
            move(id, to: .ready)
        }
    }

    /// The number of the next message of this epoch.
    mutating func nextIdentifier() -> MessageIdentifier {
        nextCount += 1
        return MessageIdentifier(epoch: servingEpoch ?? 0, count: nextCount)
    }

    /// Makes one durable change; one about a message that is gone has no effect.
    mutating func apply(_ change: Change, now: Moment) {
        switch change {
        case .enqueue(let message):
            insert(message)
            if let key = IdempotencyKeys.Record(message) { keys.insert(key) }
            schedule(message.id, now: now)
        case .acknowledge(let id):
            guard let queue = entries[id]?.message.queue else { return }
            remove(id)
            counters[queue, default: .init()].acknowledged += 1
        case .retry(let id, let error, let availableAt):
            update(id) {
                $0.failures += 1
                $0.lastError = error
                $0.availableAt = availableAt
            }
            schedule(id, now: now)
        case .bury(let id, let error):
            update(id) {
                $0.failures += 1
                $0.lastError = error
                $0.isDead = true
            }
            move(id, to: .dead)
        case .redrive(let id, let availableAt):
            update(id) {
                $0.failures = 0
                $0.availableAt = availableAt
                $0.isDead = false
            }
            schedule(id, now: now)
        }
    }

    /// Forgets idempotency keys that are too old or too many.
    mutating func forgetKeys(before wall: Int64, keeping limit: Int) {
        keys.forget(before: wall, keeping: limit)
    }

    /// Takes the lanes in which a message became ready since the last call.
    mutating func takeFreshLanes() -> Set<Lane> {
        defer { freshLanes = [] }
        return freshLanes
    }
}

// MARK: - Delivery

extension QueueState {
    /// Leases the first ready message of a lane, for a time in nanoseconds.
    mutating func reserve(_ lane: Lane, lease: Int64, now: Moment) -> Delivery? {
        guard let epoch = servingEpoch else { return nil }
        while let key = ready[lane]?.popFirst() {
            guard let entry = entries[key.id], entry.status == .ready else { continue }
            nextNonce &+= 1
            let receipt = Receipt(
                epoch: epoch, attempt: entry.message.failures + 1, nonce: nextNonce)
            let until = now.monotonic + lease
            move(key.id, to: .leased(receipt, until: until))
            leases.insert(TimedKey(time: until, id: key.id))
            return Delivery(message: entry.message, receipt: receipt)
        }
        ready[lane] = nil
        return nil
    }

    /// Prolongs a lease, for a time in nanoseconds from now; false when it is not held.
    mutating func extend(
        _ id: MessageIdentifier, receipt: Receipt, lease: Int64, now: Moment
    ) -> Bool {
        guard case .leased(receipt, _) = entries[id]?.status else { return false }
        let until = now.monotonic + lease
        move(id, to: .leased(receipt, until: until))
        leases.insert(TimedKey(time: until, id: id))
        return true
    }

    /// Makes a leased message ready again as if it had not been delivered.
    mutating func release(_ id: MessageIdentifier, receipt: Receipt, now: Moment) {
        guard case .leased(receipt, _) = entries[id]?.status else { return }
        schedule(id, now: now)
    }

    /// Whether a receipt still settles its message.
    ///
    /// A lease of an earlier primary counts as long as the message was not delivered since.
    func settles(_ id: MessageIdentifier, receipt: Receipt) -> Bool {
        guard let entry = entries[id], let epoch = servingEpoch else { return false }
        switch entry.status {
        case .leased(let held, _): return held == receipt
        case .ready: return receipt.epoch < epoch && receipt.attempt == entry.message.failures + 1
        case .delayed, .dead: return false
        }
    }

    /// Makes due messages ready; gives the leases that have lapsed, each one once.
    mutating func advance(now: Moment) -> [(id: MessageIdentifier, receipt: Receipt)] {
        while let first = delayed.first, first.time <= now.wall {
            _ = delayed.popFirst()
            if entries[first.id]?.status == .delayed { schedule(first.id, now: now) }
        }
        var lapsed: [(id: MessageIdentifier, receipt: Receipt)] = []
        while let first = leases.first, first.time <= now.monotonic {
            _ = leases.popFirst()
            guard case .leased(let receipt, let until) = entries[first.id]?.status,
                until == first.time
            else { continue }
            lapsed.append((first.id, receipt))
        }
        return lapsed
    }

    /// Has a lapsed lease looked at again, when it could not be settled yet.
    mutating func recheck(_ id: MessageIdentifier, receipt: Receipt, at monotonic: Int64) {
        guard case .leased(receipt, _) = entries[id]?.status else { return }
        move(id, to: .leased(receipt, until: monotonic))
        leases.insert(TimedKey(time: monotonic, id: id))
    }
}

/// One delivery of a message.
struct Delivery: Sendable, Equatable {
    var message: Message
    var receipt: Receipt
}

// MARK: - Bookkeeping

extension QueueState {
    private mutating func insert(_ message: Message) {
        remove(message.id)
        let status: Status = message.isDead ? .dead : .ready
        entries.insert(Entry(message: message, status: status), for: message.id)
        storedBytes += message.body.utf8.count
        count(message, status, by: 1)
    }

    private mutating func remove(_ id: MessageIdentifier) {
        guard let entry = entries.remove(id) else { return }
        storedBytes -= entry.message.body.utf8.count
        count(entry.message, entry.status, by: -1)
    }

    private mutating func update(_ id: MessageIdentifier, _ change: (inout Message) -> Void) {
        entries.update(id) { change(&$0.message) }
    }

    private mutating func move(_ id: MessageIdentifier, to status: Status) {
        guard let entry = entries[id] else { return }
        count(entry.message, entry.status, by: -1)
        count(entry.message, status, by: 1)
        entries.update(id) { $0.status = status }
    }

    private mutating func count(_ message: Message, _ status: Status, by step: Int) {
        switch status {
        case .ready: counters[message.queue, default: .init()].ready += step
        case .delayed: counters[message.queue, default: .init()].delayed += step
        case .leased: counters[message.queue, default: .init()].leased += step
        case .dead:
            counters[message.queue, default: .init()].dead += step
            if step > 0 {
                deadLetters[message.queue, default: .init()].insert(message.id)
            } else {
                deadLetters[message.queue]?.remove(message.id)
            }
        }
    }

    private mutating func schedule(_ id: MessageIdentifier, now: Moment) {
        guard let message = entries[id]?.message, !message.isDead else { return }
        guard servingEpoch != nil else { return move(id, to: .ready) }
        if message.availableAt > now.wall {
            move(id, to: .delayed)
            delayed.insert(TimedKey(time: message.availableAt, id: id))
        } else {
            move(id, to: .ready)
            let lane: Lane = message.callbackURL == nil ? .queue(message.queue) : .callbacks
            ready[lane, default: Heap()].insert(ReadyKey(priority: message.priority, id: id))
            freshLanes.insert(lane)
        }
    }

    private struct ReadyKey: Comparable, Sendable {
        var priority: Int64
        var id: MessageIdentifier

        static func < (left: Self, right: Self) -> Bool {
            left.priority == right.priority
                ? left.id < right.id : left.priority > right.priority
        }
    }

    private struct TimedKey: Comparable, Sendable {
        var time: Int64
        var id: MessageIdentifier

        static func < (left: Self, right: Self) -> Bool {
            left.time == right.time ? left.id < right.id : left.time < right.time
        }
    }
}
