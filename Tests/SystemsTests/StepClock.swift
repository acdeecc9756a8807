import Records
import Synchronization

/// A clock that goes on by one nanosecond each time it is read.
final class StepClock: Sendable {
    private let count = Mutex<Int64>(0)

    @Sendable func now() -> DrillTime {
        count.withLock { count in
            count += 1
            return DrillTime(nanoseconds: count)
        }
    }
}
