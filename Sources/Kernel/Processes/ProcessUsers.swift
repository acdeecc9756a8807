/// The users of a process (credentials(7)).
public struct ProcessUsers: Sendable, Hashable {
    public var real: UInt32
    public var effective: UInt32
    public var saved: UInt32

    public init(real: UInt32, effective: UInt32, saved: UInt32) {
        self.real = real
        self.effective = effective
        self.saved = saved
    }

    /// Those of the process of this number; nil when it is gone.
    public init?(of pid: Int32) {
        guard let text = SmallFile.text("/proc/\(pid)/status") else { return nil }
        self.init(status: text)
    }

    /// Reads the line `Uid:` of `/proc/PID/status` (proc(5)).
    init?(status: String) {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Uid:") })
        else { return nil }
        let numbers = line.dropFirst(4).split(whereSeparator: \.isWhitespace).compactMap {
            UInt32($0)
        }
        guard numbers.count >= 3 else { return nil }
        self.init(real: numbers[0], effective: numbers[1], saved: numbers[2])
    }
}
