import NIOCore
import Records

/// What the toxics of one direction come to.
struct LineEffects: Equatable {
    struct Latency: Equatable {
        /// Nanoseconds, never negative.
        var delay: Int64
        var jitter: Int64
    }

    var latencies: [Latency] = []
    var bytesPerSecond: Int?
    var isStalled = false

    /// Whether chunks may pass without being looked at.
    var isInert: Bool { latencies.isEmpty && bytesPerSecond == nil && !isStalled }
}

/// The chunks of one direction that wait for their due time, in order; pure.
///
/// A chunk's due time is its arrival plus its own delay, never before the chunk in front of it:
/// many chunks are under way at once, as on a long wire, so a delay costs no throughput.
struct DelayLine<Element> {
    private struct Held {
        var element: Element
        var size: Int
        var arrival: Int64
        var due: Int64
    }

    private(set) var effects = LineEffects()
    private(set) var heldBytes = 0
    private var queue = CircularBuffer<Held>()
    private var lastDue = Int64.min
    /// When the last bit of the last chunk has left a line of limited bandwidth.
    private var free = Int64.min
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    var isEmpty: Bool { queue.isEmpty }

    /// When the first chunk may leave; nil when none waits or the line is stalled.
    var nextDue: Int64? { effects.isStalled ? nil : queue.first?.due }

    /// Puts an element of `size` bytes, arrived at `now` (nanoseconds), at the end of the line.
    mutating func admit(_ element: Element, size: Int, now: Int64) {
        queue.append(
            Held(element: element, size: size, arrival: now, due: due(size: size, arrival: now)))
        heldBytes += size
    }

    /// Takes the first element when its time has come; never earlier.
    mutating func popDue(now: Int64) -> Element? {
        guard let due = nextDue, due <= now, let held = queue.popFirst() else { return nil }
        heldBytes -= held.size
        return held.element
    }

    /// Replaces the effects; what waits is scheduled anew as if they had been there at its arrival.
    ///
    /// With no effect left everything is due at once, in its old order.
    mutating func change(to effects: LineEffects, now: Int64) {
        guard effects != self.effects else { return }
        self.effects = effects
        lastDue = .min
        free = .min
        for index in queue.indices {
            let held = queue[index]
            queue[index].due = due(size: held.size, arrival: held.arrival)
        }
    }

    /// Drops everything that waits.
    mutating func removeAll() {
        queue.removeAll()
        heldBytes = 0
    }

    private mutating func due(size: Int, arrival: Int64) -> Int64 {
        var due = arrival
        if let rate = effects.bytesPerSecond {
            let sending = Int64(Double(size) / Double(max(1, rate)) * 1e9)
            free = max(free, arrival) + sending
            due = free
        }
        for latency in effects.latencies {
            var delay = latency.delay
            if latency.jitter > 0 {
                delay += Int64.random(in: -latency.jitter...latency.jitter, using: &generator)
            }
            due += max(0, delay)
        }
        lastDue = max(lastDue, due)
        return lastDue
    }
}
