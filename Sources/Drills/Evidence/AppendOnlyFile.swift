import Glibc
import Synchronization

/// A file that only grows, with a bounded buffer in front of it.
///
/// Nothing is lost by a crash but the lines of the last flush period; a torn last line is left to
/// the reader, which tolerates it.
final class AppendOnlyFile: Sendable {
    private struct State {
        var descriptor: Int32
        var line = LineWriter(reserving: 1 << 16)
        var failure: Int32?
    }

    let path: String
    private let state: Mutex<State>
    private let threshold = 1 << 18

    /// Creates the file; it must not exist, and no symbolic link is followed.
    init(creating path: String) throws {
        let descriptor = Glibc.open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw DrillError("create \(path)", reason: String(cString: strerror(errno)))
        }
        self.path = path
        state = Mutex(State(descriptor: descriptor))
    }

    /// Buffers what `write` appends; flushes when the buffer is full.
    func append(_ write: (inout LineWriter) -> Void) {
        state.withLock { state in
            write(&state.line)
            if state.line.bytes.count >= threshold { Self.flush(&state) }
        }
    }

    /// Appends text as it is and flushes at once.
    func append(line: some Collection<UInt8>) {
        state.withLock { state in
            Self.flush(&state)
            var bytes = Array(line)
            bytes.append(UInt8(ascii: "\n"))
            Self.write(bytes, &state)
        }
    }

    func flush() {
        state.withLock { Self.flush(&$0) }
    }

    /// The first write error since the start, if there was one: evidence is then incomplete.
    var failure: String? {
        state.withLock(\.failure).map { "\(path): \(String(cString: strerror($0)))" }
    }

    func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Self.flush(&state)
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    private static func flush(_ state: inout State) {
        guard !state.line.bytes.isEmpty else { return }
        write(state.line.bytes, &state)
        state.line.removeAll()
    }

    private static func write(_ bytes: [UInt8], _ state: inout State) {
        guard state.descriptor >= 0 else { return }
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(
                    state.descriptor, buffer.baseAddress?.advanced(by: offset),
                    buffer.count - offset)
            }
            if written < 0 {
                if errno == EINTR { continue }
                state.failure = state.failure ?? errno
                return
            }
            offset += written
        }
    }
}
