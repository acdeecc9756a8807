import Glibc

/// Space set aside while there is some, given up when the disk is full so that settling goes on.
///
/// Acknowledging a message writes to the log before it frees anything; this is that room.
struct DiskReserve: Sendable {
    /// How many bytes are set aside.
    static let bytes: Int64 = 1 << 20

    private let path: String

    init(directory: String) { path = directory + "/reserve" }

    /// Sets the space aside; false when there is not enough.
    ///
    /// See posix_fallocate(3).
    func take() -> Bool {
        let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard posix_fallocate(file, 0, off_t(Self.bytes)) == 0 else {
            release()
            return false
        }
        return true
    }

    /// Gives the space back to the file system.
    func release() { unlink(path) }
}
