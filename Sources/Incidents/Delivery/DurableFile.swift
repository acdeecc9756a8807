import Glibc
import Kernel

/// Files that are there whole or not at all, also after a crash of the host.
enum DurableFile {
    /// Writes a file beside `name` in a directory, and gives it that name once it is on disk.
    static func replace(
        _ name: String, in directory: String, with bytes: [UInt8], mode: UInt32 = 0o600
    ) throws(IncidentError) {
        let path = "\(directory)/\(name)"
        let temporary = "\(directory)/.\(name).\(getpid()).new"
        do throws(KernelError) {
            unlink(temporary)
            let file = try Descriptor.open(
                temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            try file.writeDurably(bytes, at: 0)
            guard rename(temporary, path) == 0 else {
                throw KernelError(call: "rename", object: path, reason: .errno(errno))
            }
            try FileSync.sync([], in: directory)
        } catch {
            unlink(temporary)
            throw IncidentError("write \(path)", reason: error.description)
        }
    }

    static func read(_ path: String, limit: Int) throws(IncidentError) -> [UInt8] {
        do throws(KernelError) {
            return try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: limit)
        } catch {
            throw IncidentError("read \(path)", reason: error.description)
        }
    }

    /// Makes a directory, its parents too, that its owner alone may use.
    static func makeDirectory(_ path: String) throws(IncidentError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            // The host's order to halt lies beside root's state, for everybody to read.
            let mode: mode_t = made == "/var/lib/firedrill" ? 0o755 : 0o700
            guard mkdir(made, mode) == 0 || errno == EEXIST else {
                throw IncidentError(
                    "make the directory \(path)", reason: String(cString: strerror(errno)))
            }
        }
    }
}
