import Glibc

/// Whole files of a pseudo file system, which have no size to ask for.
enum SmallFile {
    /// The bytes of a file, or an errno; at most `limit` bytes are read.
    static func read(_ path: String, limit: Int = 16 << 20) -> Result<[UInt8], KernelError> {
        // A pid file may be anybody's: a pipe in its place must not hold its reader up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(failure("open", path)) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if count == 0 {
                break
            } else if errno != EINTR {
                return .failure(failure("read", path))
            }
        }
        return .success(bytes)
    }

    /// The text of a file, or nil when it cannot be read.
    static func text(_ path: String) -> String? {
        guard case .success(let bytes) = read(path) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func failure(_ call: String, _ path: String) -> KernelError {
        KernelError(call: call, object: path, reason: .errno(errno))
    }
}

/// The names in a directory, without `.` and `..`; empty when it cannot be read.
func namesInDirectory(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}
