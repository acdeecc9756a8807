extension ProcessTable {
    /// The numbers of a process's threads, its first one included; empty when it is gone.
    static func threads(of pid: Int32) -> [Int32] {
        namesInDirectory("/proc/\(pid)/task").compactMap { Int32($0) }
    }

    /// The state letter of each of a process's threads, zombies left out; empty when it has ended.
    ///
    /// `t` is a stop by a tracer, `T` one by a signal (proc(5)).
    public static func threadStates(of identity: ProcessIdentity) -> [Character] {
        guard self.identity(of: identity.pid) == identity else { return [] }
        return threads(of: identity.pid).compactMap { thread in
            SmallFile.text("/proc/\(identity.pid)/task/\(thread)/stat").flatMap {
                ProcessStatus($0)?.state
            }
        }.filter { !"ZX".contains($0) }
    }
}
