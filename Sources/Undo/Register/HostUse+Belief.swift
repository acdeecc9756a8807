import Kernel

extension HostUse {
    /// How much of one kind is counted of a stranger's entry.
    static let mostBelieved = 1_000

    /// What counts of it where all drills of a host are added up.
    ///
    /// Anybody may write anything into an entry of their own. A negative size would widen the bounds
    /// of everybody else, so it is none. Root's drills heed root's entries alone, so that no other
    /// user can keep them out; other users' are bounded by what each could have done: processes
    /// count that are the entry's owner's, and of everything at most ``mostBelieved``.
    ///
    /// - Parameters:
    ///   - owner: whose the entry is.
    ///   - user: who asks.
    ///   - ownerOfProcess: whose a process is; nil when it is gone.
    /// - Returns: the same resources, which are believed one by one.
    func believed(
        of owner: UInt32, by user: UInt32, ownerOfProcess: (Int32) -> UInt32?
    ) -> HostUse {
        var use = self
        use.disk = max(0, disk)
        guard owner != 0, owner != user else { return use }
        guard user != 0 else {
            (use.faults, use.processes, use.disk) = ([], [], 0)
            return use
        }
        use.faults = Set(faults.prefix(Self.mostBelieved))
        use.processes = Set(
            processes.prefix(Self.mostBelieved).filter { ownerOfProcess($0.pid) == owner })
        return use
    }

    /// Whether any of it counts against the bounds of a host's policy.
    public var isCounted: Bool { !faults.isEmpty || !processes.isEmpty || disk > 0 }
}
