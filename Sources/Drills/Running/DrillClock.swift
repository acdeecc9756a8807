import Kernel
import Records

/// The clock of one drill: CLOCK_MONOTONIC, counted from the drill's start.
struct DrillClock: Sendable {
    let origin: Int64

    init() {
        origin = MonotonicClock.now
    }

    func now() -> DrillTime {
        DrillTime(nanoseconds: MonotonicClock.now - origin)
    }

    /// Turns a reading of CLOCK_MONOTONIC into the drill's time.
    func time(at monotonic: Int64) -> DrillTime {
        DrillTime(nanoseconds: monotonic - origin)
    }
}
