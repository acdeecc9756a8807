import Glibc

/// What `/proc` says of the processes that exist now (proc(5)).
///
/// Every answer may be stale when it arrives; act on a process through ``ProcessHandle`` only.
public enum ProcessTable {
    /// The identity of the process with this number, or nil when there is none.
    public static func identity(of pid: Int32) -> ProcessIdentity? {
        ProcessStatus(of: pid)?.identity
    }

    /// Every process that this one can see, in the order of their numbers.
    public static func all() -> [ProcessIdentity] {
        statuses().map(\.identity)
    }

    /// The arguments a process was started with; empty for a zombie or a kernel thread.
    public static func commandLine(of pid: Int32) -> [String]? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/cmdline") else { return nil }
        var arguments = bytes.split(separator: 0, omittingEmptySubsequences: false)
        if arguments.last?.isEmpty == true { arguments.removeLast() }
        return arguments.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The path of the program that a process runs, without the mark of one that was replaced; nil
    /// when it is gone, a kernel thread, or another user's.
    public static func program(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/\(pid)/exe", &buffer, buffer.count)
        guard length > 0 else { return nil }
        let path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    /// A variable of the environment that a process was started with (proc(5)); nil when it has
    /// none of this name, is gone, or may not be looked at.
    public static func environment(_ name: String, of pid: Int32) -> String? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/environ") else { return nil }
        let prefix = Array("\(name)=".utf8)
        return bytes.split(separator: 0).first { $0.starts(with: prefix) }
            .map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
    }

    /// The number of a process's parent; 0 for the first process.
    public static func parent(of pid: Int32) -> Int32? {
        ProcessStatus(of: pid)?.parent
    }

    /// The session of a process: the number of the process that founded it (setsid(2)).
    public static func session(of pid: Int32) -> Int32? {
        ProcessStatus(of: pid)?.session
    }

    /// The state letter: R running, S sleeping, D uninterruptible, T stopped, Z zombie.
    public static func state(of pid: Int32) -> Character? {
        ProcessStatus(of: pid)?.state
    }

    /// The parent, its parent and so on up to the first process, nearest first.
    public static func ancestors(of pid: Int32) -> [Int32] {
        var ancestors: [Int32] = []
        var current = pid
        while let parent = parent(of: current), parent > 0, !ancestors.contains(parent) {
            ancestors.append(parent)
            current = parent
        }
        return ancestors
    }

    /// Whether this very process, not a later one of its number, exists and is no zombie.
    public static func isAlive(_ identity: ProcessIdentity) -> Bool {
        guard let status = ProcessStatus(of: identity.pid) else { return false }
        return status.startTime == identity.startTime && !"ZX".contains(status.state)
    }

    /// The processes of a session, its founder included, zombies left out.
    public static func members(ofSession session: Int32) -> [ProcessIdentity] {
        // getsid(2) first: one call a process instead of the four that reading its status takes.
        numbers().filter { isMember($0, ofSession: session) }.compactMap { ProcessStatus(of: $0) }
            .filter { $0.session == session && !"ZX".contains($0.state) }.map(\.identity)
    }

    /// False when the process certainly belongs to another session, or is gone.
    private static func isMember(_ pid: Int32, ofSession session: Int32) -> Bool {
        let answer = getsid(pid)
        // A security module may keep the answer back (security_task_getsid); /proc then tells.
        return answer == session || (answer < 0 && errno != ESRCH)
    }

    /// How many descriptors a process has open, or nil when this user may not see them.
    public static func descriptorCount(of pid: Int32) -> Int? {
        let names = namesInDirectory("/proc/\(pid)/fd")
        return names.isEmpty && access("/proc/\(pid)/fd", R_OK) != 0 ? nil : names.count
    }

    static func statuses() -> [ProcessStatus] {
        numbers().compactMap { ProcessStatus(of: $0) }
    }

    private static func numbers() -> [Int32] {
        namesInDirectory("/proc").compactMap { Int32($0) }.sorted()
    }
}
