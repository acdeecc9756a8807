import Glibc

extension ProcessTable {
    /// The numbers of a process's descriptors, in order; nil when this user may not see them.
    public static func descriptors(of pid: Int32) -> [Int32]? {
        let directory = "/proc/\(pid)/fd"
        let numbers = namesInDirectory(directory).compactMap { Int32($0) }.sorted()
        return numbers.isEmpty && access(directory, R_OK) != 0 ? nil : numbers
    }

    /// The size of the largest regular file that a process has open; nil when it has none, or when
    /// this user may not see them.
    public static func largestOpenFile(of pid: Int32) -> UInt64? {
        (descriptors(of: pid) ?? []).compactMap { number -> UInt64? in
            var status = stat()
            guard stat("/proc/\(pid)/fd/\(number)", &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { return nil }
            return UInt64(max(0, status.st_size))
        }.max()
    }
}
