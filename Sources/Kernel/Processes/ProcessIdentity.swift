/// A process that cannot be mistaken for a later one with the same number.
///
/// The start time comes from field 22 of `/proc/PID/stat` (proc(5)), in clock ticks since boot; a
/// signal is sent by pidfd, and only when it still matches.
public struct ProcessIdentity: Hashable, Sendable, Codable, CustomStringConvertible {
    public var pid: Int32
    public var startTime: UInt64

    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    public var description: String { "pid \(pid) started \(startTime)" }
}
