/// The memory of the host, and what one process has of it (proc(5)).
public enum HostMemory {
    /// The bytes that can be had without paging (`MemAvailable`); nil when they cannot be read.
    public static var available: UInt64? {
        SmallFile.text("/proc/meminfo").flatMap { bytes("MemAvailable", in: $0) }
    }

    /// The bytes that a process alone has written to, paged out ones included; nil when this user
    /// may not see them, or the process is gone.
    public static func own(of identity: ProcessIdentity) -> UInt64? {
        guard ProcessTable.identity(of: identity.pid) == identity,
            let text = SmallFile.text("/proc/\(identity.pid)/smaps_rollup"),
            let dirty = bytes("Private_Dirty", in: text)
        else { return nil }
        return dirty + (bytes("Swap", in: text) ?? 0)
    }

    /// Reads `MemAvailable:   12345 kB`.
    static func bytes(_ name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
                .map { $0 * 1024 }
        }
        return nil
    }
}
