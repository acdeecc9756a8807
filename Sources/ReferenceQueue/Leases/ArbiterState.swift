/// The lease as the arbiter keeps it: requests in, views out; no clock, no disk.
struct ArbiterState: Sendable, Equatable {
    /// What outlives the arbiter's process; an epoch is never given out twice.
    struct Record: Sendable, Equatable {
        var epoch: Int64 = 0
        var holder: String?
        var incarnation = ""
        var address: String?
        var eligible: [EligibleNode] = []
        /// How long the lease was last asked for, in nanoseconds.
        var lease: Int64 = 0

        /// Whether this is another record; how far nodes have got aside, which changes all the time
        /// and is stored along with the rest.
        func differs(from other: Record) -> Bool {
            var other = other
            for (index, node) in eligible.enumerated() where other.eligible.indices.contains(index)
            {
                other.eligible[index].position = node.position
            }
            return self != other
        }
    }

    private(set) var record: Record
    /// Monotonic nanoseconds at which the lease lapses.
    private(set) var deadline: Int64
    /// Monotonic nanoseconds at which this state began.
    private let start: Int64
    /// The highest epoch and the furthest position that any node told of.
    private var told = CommitPosition()
    private var toldEpoch: Int64 = 0

    /// Continues from a record: whoever held the lease may hold it for its whole length again.
    init(record: Record, now: Int64) {
        self.record = record
        start = now
        deadline = record.holder == nil ? 0 : now + record.lease
    }

    /// Performs a request.
    mutating func perform(_ request: LeaseRequest, now: Int64) -> LeaseView {
        told = max(told, request.position)
        toldEpoch = max(toldEpoch, request.epoch)
        let granted =
            switch request.action {
            case .acquire: acquire(request, now: now)
            case .renew: isHeld(by: request) && renew(request, now: now)
            case .record: isHeld(by: request) && recordEligible(request, now: now)
            case .release: isHeld(by: request) && release()
            }
        return LeaseView(
            granted: granted, epoch: record.epoch, holder: record.holder,
            address: record.address, eligible: record.eligible)
    }

    private func isHeld(by request: LeaseRequest) -> Bool {
        record.holder == request.node && record.epoch == request.epoch
            && record.incarnation == request.incarnation
    }

    private mutating func acquire(_ request: LeaseRequest, now: Int64) -> Bool {
        // A holder that asks again did not hear that it was granted the lease.
        let asksAgain =
            record.holder == request.node && record.incarnation == request.incarnation
        guard now >= deadline || asksAgain, !mayBeServed(request, now: now) else { return false }
        guard record.eligible.isEmpty || record.eligible.contains(where: { $0.admits(request) })
        else {
            return false
        }
        record.epoch = max(record.epoch, toldEpoch) + 1
        record.holder = request.node
        record.incarnation = request.incarnation
        record.eligible = [
            EligibleNode(name: request.node, store: request.store, position: request.position)
        ]
        return prolong(request, now: now)
    }

    /// Whether this is an arbiter that has lost its record, and another node may still be serving or
    /// is known to have got further than the one that asks.
    ///
    /// What nodes tell shows that there was a record. A lease of that time lapses within its length
    /// of this arbiter's start, and who holds it asks for more of it before.
    private func mayBeServed(_ request: LeaseRequest, now: Int64) -> Bool {
        guard record.epoch == 0, toldEpoch > 0 || told > CommitPosition() else { return false }
        return now < start + request.lease.nanoseconds || request.position < told
    }

    private mutating func prolong(_ request: LeaseRequest, now: Int64) -> Bool {
        record.address = request.address
        record.lease = request.lease.nanoseconds
        deadline = now + record.lease
        return true
    }

    private mutating func renew(_ request: LeaseRequest, now: Int64) -> Bool {
        for index in record.eligible.indices where record.eligible[index].admits(request) {
            record.eligible[index].position = request.position
        }
        return prolong(request, now: now)
    }

    private mutating func recordEligible(_ request: LeaseRequest, now: Int64) -> Bool {
        guard request.eligible.contains(where: { $0.admits(request) }) else { return false }
        record.eligible = request.eligible.sorted { $0.name < $1.name }
        return prolong(request, now: now)
    }

    private mutating func release() -> Bool {
        deadline = 0
        return true
    }
}
