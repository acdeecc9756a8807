/// Decides whether this node is the primary: events in, actions out; no clock, no network.
///
/// A grant counts from before its request was sent, less a margin, so that the holder always
/// believes its lease to lapse before the lease store does.
struct RoleMachine: Sendable {
    enum Role: Sendable, Equatable {
        case standby
        case primary(epoch: Int64)
    }

    enum Action: Sendable, Equatable {
        /// Serve as the primary of an epoch.
        case promote(epoch: Int64)
        /// Stop serving.
        case demote
    }

    /// Nanoseconds; nil for a lease that never lapses.
    private let lease: Int64?
    /// Whether losing the lease ends the role; the weakness `no-fencing` clears it.
    private let isFenced: Bool
    private(set) var role = Role.standby
    /// Monotonic nanoseconds.
    private(set) var validUntil: Int64 = 0
    /// The highest epoch known.
    private(set) var epoch: Int64
    /// The primary as last heard of.
    private(set) var holder: String?
    private(set) var address: String?
    /// When this node learned that it had lost its lease, while it goes on regardless.
    private(set) var lostAt: Int64?
    private var hasReleased = false

    init(lease: Duration?, seenEpoch: Int64, isFenced: Bool) {
        self.lease = lease?.nanoseconds
        self.isFenced = isFenced
        epoch = seenEpoch
    }

    /// The epoch in which this node is the primary; nil on a standby.
    var servingEpoch: Int64? {
        guard case .primary(let epoch) = role else { return nil }
        return epoch
    }

    /// Whether the lease certainly still holds.
    func holdsLease(at monotonic: Int64) -> Bool {
        servingEpoch != nil && lostAt == nil && monotonic < validUntil
    }

    /// Whether a node that lost its lease still believes in itself for this long after.
    static let unfencedStubbornness: Int64 = 3_000_000_000

    /// Whether a higher epoch may end this node's role now.
    func yields(at monotonic: Int64) -> Bool {
        guard !isFenced, let lostAt else { return true }
        return monotonic >= lostAt + Self.unfencedStubbornness
    }

    /// What to ask the lease store next; nil once the lease was given up.
    var nextAction: LeaseRequest.Action? {
        if hasReleased { return nil }
        return servingEpoch == nil ? .acquire : .renew
    }

    /// The lease store answered a request that was sent at the given time.
    mutating func answered(
        _ view: LeaseView, to action: LeaseRequest.Action, sentAt: Int64, now: Int64
    ) -> [Action] {
        guard view.epoch >= epoch else {
            // A lease store that forgot its epochs; asking for a new one tells it the highest.
            return action == .acquire || view.granted ? [] : lose(now: now)
        }
        epoch = view.epoch
        holder = view.holder
        address = view.address
        switch (action, view.granted) {
        case (.acquire, true):
            guard !hasReleased, servingEpoch == nil else { return [] }
            role = .primary(epoch: view.epoch)
            lostAt = nil
            extend(from: sentAt)
            return [.promote(epoch: view.epoch)]
        case (.renew, true), (.record, true):
            guard servingEpoch == view.epoch else { return [] }
            extend(from: sentAt)
            return []
        case (.acquire, false): return []
        case (_, false), (.release, _): return lose(now: now)
        }
    }

    /// A node of a higher epoch spoke to this one.
    mutating func heard(epoch: Int64, holder: String, address: String, now: Int64) -> [Action] {
        guard epoch >= self.epoch else { return [] }
        self.epoch = epoch
        self.holder = holder
        self.address = address
        guard let serving = servingEpoch, serving < epoch else { return [] }
        return lose(now: now)
    }

    /// A peer refused this node's commits because it knows a higher epoch.
    mutating func outranked(by epoch: Int64, now: Int64) -> [Action] {
        guard epoch > self.epoch else { return [] }
        self.epoch = epoch
        holder = nil
        address = nil
        return lose(now: now)
    }

    /// Time has passed; an unfenced node gives in at last.
    mutating func advance(now: Int64) -> [Action] {
        guard lostAt != nil, yields(at: now) else { return [] }
        return standDown()
    }

    /// This node is to stop: it serves no more and asks for no lease again.
    mutating func release() -> [Action] {
        hasReleased = true
        return standDown()
    }

    private mutating func extend(from sentAt: Int64) {
        guard let lease else {
            validUntil = .max
            return
        }
        validUntil = max(validUntil, sentAt + lease - lease / 10)
    }

    private mutating func lose(now: Int64) -> [Action] {
        guard servingEpoch != nil else { return [] }
        guard isFenced else {
            lostAt = lostAt ?? now
            return advance(now: now)
        }
        return standDown()
    }

    private mutating func standDown() -> [Action] {
        guard servingEpoch != nil else { return [] }
        role = .standby
        lostAt = nil
        validUntil = 0
        return [.demote]
    }
}
