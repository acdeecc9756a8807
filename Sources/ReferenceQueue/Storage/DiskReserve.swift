import Glibc

/// Space set aside while there is some, given up when the disk is full so that settling goes on.
///
/// Acknowledging a message writes to the log before it frees anything; this is that room. Where the
/// file system is large enough it also holds the whole log on its way into the database.
struct DiskReserve: Sendable {
    /// How many bytes are set aside: an eighth of the file system, but 1 to 4 MiB.
    let bytes: Int64
    private let path: String

    init(directory: String) {
        path = directory + "/reserve"
        var statistics = statvfs()
        let isKnown = statvfs(directory, &statistics) == 0
        let size = isKnown ? Int64(statistics.f_blocks) * Int64(statistics.f_frsize) : 0
        bytes = min(max(size / 8, 1 << 20), 4 << 20)
    }

    /// Sets the space aside; false when there is not enough.
    ///
    /// See posix_fallocate(3).
    func take() -> Bool {
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard posix_fallocate(file, 0, off_t(bytes)) == 0 else {
            release()
            return false
        }
        return true
    }

    /// Gives the space back to the file system.
    func release() { unlink(path) }
}
