import Glibc

extension ProcessTable {
    /// The processor time that a process has used, its ended children included; zero when it is gone.
    ///
    /// The kernel tells it in ticks, mostly hundredths of a second.
    public static func processorTime(of identity: ProcessIdentity) -> Duration {
        guard let status = ProcessStatus(of: identity.pid), status.identity == identity else {
            return .zero
        }
        let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))
        return .nanoseconds(Int64(status.ticks) * (1_000_000_000 / Int64(ticksPerSecond)))
    }

    /// The time since the boot as processes' start times count it: in ticks.
    public static var ticks: UInt64 {
        let ticksPerSecond = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return UInt64(BootClock.now / (1_000_000_000 / ticksPerSecond))
    }

    /// The name that a process goes by, at most 15 bytes (`/proc/PID/comm`); nil when it is gone.
    public static func name(of pid: Int32) -> String? {
        SmallFile.text("/proc/\(pid)/comm")?.split(separator: "\n").first.map(String.init)
    }
}

extension ProcessorTimes {
    /// How many processors this process may use.
    public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
