import CLinux
import Glibc
import Synchronization

/// What a process hands down to those that it starts, and has changed for its own work.
public struct ProcessInheritance: Sendable, Codable, Equatable {
    /// The nice value (setpriority(2)): -20 to 19.
    public var nice: Int32
    /// The soft limit of the number of descriptors (RLIMIT_NOFILE).
    public var descriptors: UInt64

    public init(nice: Int32, descriptors: UInt64) {
        self.nice = nice
        self.descriptors = descriptors
    }

    /// What this process was started with.
    public static var ofThisProcess: ProcessInheritance {
        remembered.withLock(\.self) ?? now
    }

    /// Keeps what it is now, before this process changes any of it; the first call counts.
    static func remember() {
        remembered.withLock { $0 = $0 ?? now }
    }

    private static let remembered = Mutex<ProcessInheritance?>(nil)

    private static var now: ProcessInheritance {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return ProcessInheritance(
            nice: getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0),
            descriptors: isKnown ? UInt64(limit.rlim_cur) : .max)
    }

    var request: clinux_inheritance { clinux_inheritance(nice: nice, descriptors: descriptors) }
}
