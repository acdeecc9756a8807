import Records
import Synchronization

/// What a run is told from outside, and what it counts while it runs.
final class RunControl: Sendable {
    private struct State {
        /// Nothing that is due after this is sent.
        var producingEnds: DrillTime?
        var isStopped = false
        var begun = 0
        var finished = 0
        var saturated = 0
    }

    private let state = Mutex(State())

    /// Ends producing at `time`, once: what was due before it is still sent.
    func endProducing(at time: DrillTime) {
        state.withLock { state in
            if state.producingEnds == nil { state.producingEnds = time }
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    var isStopped: Bool { state.withLock(\.isStopped) }

    /// Whether a message that is due at `time` is to be sent at all.
    func allows(_ time: DrillTime) -> Bool {
        state.withLock { state in
            guard !state.isStopped else { return false }
            return state.producingEnds.map { time <= $0 } ?? true
        }
    }

    func countBegun() { state.withLock { $0.begun += 1 } }
    func countFinished() { state.withLock { $0.finished += 1 } }
    func countSaturated() { state.withLock { $0.saturated += 1 } }

    /// The counts so far.
    var counts: WorkloadCounts {
        state.withLock { state in
            WorkloadCounts(
                begun: state.begun, finished: state.finished, saturated: state.saturated)
        }
    }
}

/// How many enqueues a run has begun, finished, and could not send in time.
public struct WorkloadCounts: Sendable, Equatable {
    public var begun: Int
    public var finished: Int
    /// Messages that were never sent because too many were in flight: above zero, the generator
    /// could not keep its schedule and the drill's figures cannot be trusted.
    public var saturated: Int

    /// Enqueues whose outcome is still open.
    public var inFlight: Int { begun - finished }

    public init(begun: Int, finished: Int, saturated: Int) {
        self.begun = begun
        self.finished = finished
        self.saturated = saturated
    }
}
