import History
import Kernel
import Synchronization

/// What the console knows of drills that run now, and its hand on them.
public struct DrillControl: Sendable {
    /// The identifiers of the drills that run now.
    public var running: @Sendable () -> [String]
    /// Stops a drill as `firedrill halt` does; returns one sentence that says what came of it.
    public var stop: @Sendable (_ drill: String) async -> String
    /// Starts a drill of a playbook's file; returns one sentence, throws why it cannot.
    public var start: @Sendable (_ playbook: String) async throws -> String

    public init(
        running: @escaping @Sendable () -> [String],
        stop: @escaping @Sendable (_ drill: String) async -> String,
        start: @escaping @Sendable (_ playbook: String) async throws -> String
    ) {
        self.running = running
        self.stop = stop
        self.start = start
    }
}

/// The drills that run now, looked at once a second at most however many pages are open.
final class LiveBoard: Sendable {
    private struct State {
        var readers: [String: LiveReader] = [:]
        var drills: [LiveDrill] = []
        /// By CLOCK_MONOTONIC; nil before the first look.
        var lookedAt: Int64?
    }

    private let control: DrillControl
    private let history: HistoryDatabase
    private let state = Mutex(State())

    init(control: DrillControl, history: HistoryDatabase) {
        self.control = control
        self.history = history
    }

    /// The drills that run now; at most a second old.
    func drills() -> [LiveDrill] {
        state.withLock { state in
            let now = MonotonicClock.now
            if let lookedAt = state.lookedAt, now - lookedAt < 900_000_000 { return state.drills }
            state.lookedAt = now
            let running = control.running()
            state.readers = state.readers.filter { running.contains($0.key) }
            state.drills = running.compactMap { drill in
                if state.readers[drill] == nil { state.readers[drill] = reader(of: drill) }
                return state.readers[drill]?.look()
            }
            return state.drills
        }
    }

    private func reader(of drill: String) -> LiveReader? {
        guard let entry = try? history.details(of: drill)?.entry else { return nil }
        return LiveReader(directory: entry.directory, owner: entry.user)
    }
}
