import Glibc
import NIOCore

/// A small file that is replaced as a whole: after a crash it has its old content or its new one.
struct DurableFile: Sendable {
    let path: String

    /// Reads the content; nil when there is no such file.
    func read() throws(StoreError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open")
        }
        defer { close(file) }
        var content: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(file, &part, part.count)
            guard count >= 0 else { throw failure("read") }
            if count == 0 { return content }
            content += part[..<count]
        }
    }

    /// Replaces the content; durable when this returns.
    ///
    /// See rename(2), and fsync(2) on why the directory is synced as well.
    func replace(with content: [UInt8]) throws(StoreError) {
        let temporary = path + ".new"
        let file = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("make") }
        defer { close(file) }
        guard write(file, content, content.count) == content.count else { throw failure("write") }
        guard fsync(file) == 0 else { throw failure("sync") }
        guard rename(temporary, path) == 0 else { throw failure("rename") }
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open the directory of") }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("sync the directory of") }
    }

    private var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func failure(_ what: String) -> StoreError {
        StoreError("cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
