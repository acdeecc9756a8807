import Glibc
import Kernel
import Records

/// Looks from time to time at what became of the host's processors.
struct HostLoadWatch {
    /// Long enough that the look itself, which reads all of `/proc`, does not count.
    static let period = Duration.seconds(1)

    private var last: ProcessorTimes?

    /// The stretch since the last look; nil at the first one.
    mutating func look(at time: DrillTime) -> HostLoad? {
        guard let now = ProcessorTimes(ofFamily: getpid()) else { return nil }
        defer { last = now }
        guard let last, let shares = now.shares(since: last) else { return nil }
        return HostLoad(time: time, idle: shares.idle, others: shares.others)
    }
}
