/// The lease as the arbiter keeps it: requests in, views out; no clock, no disk.
struct ArbiterState: Sendable, Equatable {
    /// What outlives the arbiter's process; an epoch is never given out twice.
    struct Record: Sendable, Equatable {
        var epoch: Int64 = 0
        var holder: String?
        var incarnation = ""
        var address: String?
        var eligible: [String] = []
        /// How long the lease was last asked for, in nanoseconds.
        var lease: Int64 = 0
    }

    private(set) var record: Record
    /// Monotonic nanoseconds at which the lease lapses.
    private(set) var deadline: Int64

    /// Continues from a record: whoever held the lease may hold it for its whole length again.
    init(record: Record, now: Int64) {
        self.record = record
        deadline = record.holder == nil ? 0 : now + record.lease
    }

    /// Performs a request.
    mutating func perform(_ request: LeaseRequest, now: Int64) -> LeaseView {
        let granted =
            switch request.action {
            case .acquire: acquire(request, now: now)
            case .renew: isHeld(by: request) && prolong(request, now: now)
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
        guard now >= deadline || asksAgain else { return false }
        guard record.eligible.isEmpty || record.eligible.contains(request.node) else {
            return false
        }
        record.epoch = max(record.epoch, request.epoch) + 1
        record.holder = request.node
        record.incarnation = request.incarnation
        record.eligible = [request.node]
        return prolong(request, now: now)
    }

    private mutating func prolong(_ request: LeaseRequest, now: Int64) -> Bool {
        record.address = request.address
        record.lease = request.lease.nanoseconds
        deadline = now + record.lease
        return true
    }

    private mutating func recordEligible(_ request: LeaseRequest, now: Int64) -> Bool {
        guard request.eligible.contains(request.node) else { return false }
        record.eligible = request.eligible.sorted()
        return prolong(request, now: now)
    }

    private mutating func release() -> Bool {
        deadline = 0
        return true
    }
}
