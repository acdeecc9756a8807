import Records

/// Finds the deliveries of one queue that have been in work for longer than their lease.
///
/// Redis keeps no time of a delivery, so that it counts from when the reaper first saw it.
struct RedisReaper: Sendable {
    let lease: Nanoseconds
    private var firstSeen: [[UInt8]: DrillTime] = [:]

    init(lease: Nanoseconds) {
        self.lease = lease
    }

    /// Takes in what is in work now; the bodies whose lease has lapsed.
    ///
    /// A body that was settled and delivered again between two looks counts on from its first
    /// delivery: it may come back early, which a queue that delivers at least once may do.
    mutating func lapsed(_ inWork: [[UInt8]], now: DrillTime) -> [[UInt8]] {
        var seen: [[UInt8]: DrillTime] = [:]
        for body in inWork { seen[body] = firstSeen[body] ?? now }
        let lapsed = inWork.filter { body in
            guard let since = seen[body] else { return false }
            return now - since > lease
        }
        for body in lapsed { seen[body] = nil }
        firstSeen = seen
        return lapsed
    }
}
