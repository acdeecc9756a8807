import Glibc

/// Small text files, read and written whole.
enum SmallText {
    /// Reads the last bytes of a file; throws when it cannot be opened.
    static func read(_ path: String, last count: Int) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemError(attempt: "open \(path)", reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        lseek(descriptor, max(0, size - off_t(count)), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: count)
        let length = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, count) }
        return String(decoding: bytes.prefix(max(0, length)), as: UTF8.self)
    }
}
