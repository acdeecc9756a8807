import Glibc
import Kernel
import Synchronization

/// A file that only grows, with a bounded buffer in front of it.
///
/// Nothing is lost by a crash but the lines of the last flush period; a torn last line is left to
/// the reader, which tolerates it. Who appends does not wait for a flush on its way to the disk.
final class AppendOnlyFile: Sendable {
    private struct Output {
        var file: Descriptor?
        var failure: Int32?
    }

    let path: String
    /// Taken for as long as a line takes to write down, never across a system call.
    private let pending = Mutex(LineWriter(reserving: 1 << 16))
    /// Taken before ``pending`` when both are, so that lines stay in order.
    private let output: Mutex<Output>
    private let threshold = 1 << 20

    /// Creates the file in a directory; it must not exist, and no symbolic link is followed.
    init(creating name: String, in directory: HeldDirectory) throws {
        path = directory.file(name)
        do {
            output = Mutex(Output(file: try directory.create(name, flags: O_WRONLY | O_APPEND)))
        } catch {
            throw DrillError("create \(path)", error)
        }
    }

    /// Buffers what `write` appends; flushes when the buffer is full.
    func append(_ write: (inout LineWriter) -> Void) {
        let isFull = pending.withLock { line in
            write(&line)
            return line.bytes.count >= threshold
        }
        if isFull { flush() }
    }

    /// Appends text as it is and flushes at once.
    func append(line: [UInt8]) {
        pending.withLock { $0.append(raw: line) }
        flush()
    }

    func flush() {
        output.withLock { output in
            let bytes = pending.withLock { $0.take() }
            Self.write(bytes, &output)
        }
    }

    /// The first write error since the start, if there was one: evidence is then incomplete.
    var failure: String? {
        output.withLock(\.failure).map { "\(DrillError("write \(path)", errno: $0))" }
    }

    func close() {
        flush()
        output.withLock { $0.file = nil }
    }

    private static func write(_ bytes: [UInt8], _ output: inout Output) {
        guard let file = output.file else { return }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(
                    file.number, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                output.failure = output.failure ?? errno
                return
            }
            offset += written
        }
    }
}
