import Glibc

extension EvidenceDirectory {
    /// Writes a whole file beside `path` and renames it into place.
    ///
    /// It survives a crash of this process at once, one of the host only after ``sync()``.
    public static func replace(_ path: String, with bytes: [UInt8]) throws {
        let temporary = "\(path).new"
        let descriptor = open(
            temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw DrillError("create \(temporary)", errno: errno)
        }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let failure = DrillError("write \(path)", errno: errno)
                close(descriptor)
                unlink(temporary)
                throw failure
            }
            offset += written
        }
        close(descriptor)
        guard rename(temporary, path) == 0 else {
            throw DrillError("replace \(path)", errno: errno)
        }
    }
}
