import Glibc

extension ProcessTable {
    /// Every process that this one can see, with its parent's number, zombies left out.
    public static func parents() -> [Int32: Int32] {
        var parents: [Int32: Int32] = [:]
        for status in statuses() where !"ZX".contains(status.state) {
            parents[status.pid] = status.parent
        }
        return parents
    }

    /// The name of the file that a process executes, without its directory.
    ///
    /// Nil for a kernel thread, and for a process of another user unless this one is root's. Reads
    /// `/proc/PID/exe`, which a process cannot change without executing something else.
    public static func executableName(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/\(pid)/exe", &buffer, Int(PATH_MAX))
        guard length > 0 else { return nil }
        var path = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The file may have been replaced by a newer version meanwhile.
        let removed = " (deleted)"
        if path.hasSuffix(removed) { path.removeLast(removed.count) }
        return path.split(separator: "/").last.map(String.init)
    }

    /// Whether a process executes the same file as this one; false where that cannot be seen.
    public static func executesThisProgram(_ pid: Int32) -> Bool {
        var (own, other) = (stat(), stat())
        return stat("/proc/self/exe", &own) == 0 && stat("/proc/\(pid)/exe", &other) == 0
            && own.st_dev == other.st_dev && own.st_ino == other.st_ino
    }
}
