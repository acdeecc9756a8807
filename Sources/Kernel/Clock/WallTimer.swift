import CLinux
import Glibc

/// A timer on CLOCK_REALTIME: it follows the calendar also where somebody sets the clock.
///
/// One descriptor (timerfd_create(2)); setting it wakes nobody, its time does.
public final class WallTimer: Sendable {
    private let descriptor: Descriptor

    public init() throws(KernelError) {
        let number = clinux_wall_timer_open()
        guard number >= 0 else {
            throw KernelError(
                call: "timerfd_create", object: "CLOCK_REALTIME", reason: .errno(errno))
        }
        descriptor = Descriptor(number)
    }

    /// Sets the moment, in nanoseconds since 1970; nil turns it off.
    public func set(_ nanoseconds: Int64?) {
        // 0 would turn it off.
        _ = clinux_wall_timer_set(descriptor.number, nanoseconds.map { max(1, $0) } ?? 0)
    }

    /// Suspends until the moment has come or the clock was set, at most `bound`.
    ///
    /// Cancelling the task ends the wait.
    public func wait(atMost bound: Duration) async {
        guard await Readiness.wait(for: descriptor.number, atMost: bound) else { return }
        var expirations: UInt64 = 0
        // It stays readable until it is read; ECANCELED tells of a clock that was set.
        _ = read(descriptor.number, &expirations, 8)
    }
}
