/// The consumers that wait for a message, first come first served in each lane.
struct Waiters {
    struct Waiter {
        var number: UInt64
        /// Nanoseconds.
        var lease: Int64
        /// Monotonic nanoseconds.
        var deadline: Int64
        /// Gets the message, or nil when the wait is over.
        var reply: @Sendable (Result<Delivery?, Problem>) -> Void
    }

    private var lanes: [QueueState.Lane: [Waiter]] = [:]
    private(set) var count = 0

    mutating func add(_ waiter: Waiter, to lane: QueueState.Lane) {
        lanes[lane, default: []].append(waiter)
        count += 1
    }

    /// How many wait in a lane.
    func count(in lane: QueueState.Lane) -> Int { lanes[lane]?.count ?? 0 }

    /// The consumer that has waited longest in a lane.
    func first(in lane: QueueState.Lane) -> Waiter? { lanes[lane]?.first }

    mutating func removeFirst(in lane: QueueState.Lane) {
        lanes[lane]?.removeFirst()
        if lanes[lane]?.isEmpty == true { lanes[lane] = nil }
        count -= 1
    }

    /// Takes one waiter out; nil when it has been answered.
    mutating func remove(_ number: UInt64, in lane: QueueState.Lane) -> Waiter? {
        guard let index = lanes[lane]?.firstIndex(where: { $0.number == number }) else {
            return nil
        }
        count -= 1
        return lanes[lane]?.remove(at: index)
    }

    /// Takes out everyone whose time is over.
    mutating func removeDue(at monotonic: Int64) -> [Waiter] {
        guard count > 0 else { return [] }
        var due: [Waiter] = []
        for (lane, waiters) in lanes where waiters.contains(where: { $0.deadline <= monotonic }) {
            due += waiters.filter { $0.deadline <= monotonic }
            lanes[lane] = waiters.filter { $0.deadline > monotonic }
        }
        count -= due.count
        return due
    }

    mutating func removeAll() -> [Waiter] { removeDue(at: .max) }
}
