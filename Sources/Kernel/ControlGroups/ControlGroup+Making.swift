import Glibc

extension ControlGroup {
    /// Where this process may make groups: the directory of the group that it is in itself.
    ///
    /// Throws ``KernelError`` when there is no hierarchy, or no right to change it.
    public static func ownDirectory() throws(KernelError) -> String {
        guard let root else {
            throw KernelError(
                call: "statfs", object: "/sys/fs/cgroup",
                reason: .refused("this host has no cgroup v2 hierarchy"))
        }
        let lines = (SmallFile.text("/proc/self/cgroup") ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("0::/") }) else {
            throw KernelError(
                call: "read", object: "/proc/self/cgroup",
                reason: .refused("it names no group of version 2"))
        }
        let path = line.dropFirst(3) == "/" ? root : root + line.dropFirst(3)
        guard access(path, W_OK) == 0, access("\(path)/cgroup.procs", W_OK) == 0 else {
            throw KernelError(
                call: "access", object: path, reason: .errno(errno),
                remedy: errno == EROFS
                    ? "mount it writable"
                    : "it needs the right to write there, or CAP_DAC_OVERRIDE")
        }
        return path
    }

    /// Makes an empty group at an absolute path below the hierarchy.
    public static func make(at path: String) throws(KernelError) -> ControlGroup {
        guard mkdir(path, 0o755) == 0 else {
            throw KernelError(call: "mkdir", object: path, reason: .errno(errno))
        }
        return try ControlGroup(path)
    }

    /// Moves a process into the group, with all its threads.
    public func add(_ process: ProcessIdentity) throws(KernelError) {
        try write("\(process.pid)", to: "cgroup.procs")
    }

    /// Removes the group when it is empty; true when it is gone.
    ///
    /// A process that has ended leaves its group a moment later.
    public func remove() -> Bool {
        guard exists else { return true }
        return rmdir(path) == 0
    }
}
