public import Records
import Synchronization

/// What the proxies saw of attempts, in the order of their times.
public final class WireLog: Sendable {
    /// The most observations that are kept; more are counted and dropped.
    public static let limit = 4_000_000

    private struct State {
        var observations: [WireObservation] = []
        var dropped = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func append(_ observation: WireObservation) {
        state.withLock { state in
            guard state.observations.count < Self.limit else {
                state.dropped += 1
                return
            }
            state.observations.append(observation)
        }
    }

    /// Everything that was seen so far.
    public var observations: [WireObservation] { state.withLock(\.observations) }

    /// What was seen after the first `count` observations.
    public func observations(from count: Int) -> [WireObservation] {
        state.withLock { Array($0.observations.dropFirst(count)) }
    }

    /// How many observations did not fit.
    public var dropped: Int { state.withLock(\.dropped) }
}
