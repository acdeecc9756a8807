/// What a process does with signals, and which ones wait for it (`/proc/PID/status`, proc(5)).
public struct SignalState: Sendable, Equatable {
    /// Sent, and not taken yet: to the process or to its first thread.
    public var pending: Set<Int32>
    public var blocked: Set<Int32>
    public var ignored: Set<Int32>
    /// With a handler of the process's own.
    public var caught: Set<Int32>

    /// The state of this very process; nil when it is gone.
    public init?(of identity: ProcessIdentity) {
        guard let text = SmallFile.text("/proc/\(identity.pid)/status"),
            ProcessTable.identity(of: identity.pid) == identity
        else { return nil }
        self.init(status: text)
    }

    init?(status: String) {
        var sets: [Substring: UInt64] = [:]
        for line in status.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            sets[parts[0]] = UInt64(parts[1].filter { !$0.isWhitespace }, radix: 16)
        }
        guard let own = sets["SigPnd"], let shared = sets["ShdPnd"], let blocked = sets["SigBlk"],
            let ignored = sets["SigIgn"], let caught = sets["SigCgt"]
        else { return nil }
        pending = Self.signals(own | shared)
        self.blocked = Self.signals(blocked)
        self.ignored = Self.signals(ignored)
        self.caught = Self.signals(caught)
    }

    /// Signal 1 is the lowest bit.
    private static func signals(_ mask: UInt64) -> Set<Int32> {
        Set((0..<64).filter { mask & (1 << UInt64($0)) != 0 }.map { Int32($0 + 1) })
    }
}
