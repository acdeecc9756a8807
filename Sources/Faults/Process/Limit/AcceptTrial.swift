import Kernel
import Synchronization

/// Connections of the drill's own to a process that may have no descriptor left to accept them.
///
/// The kernel completes a connection by itself and lists it without an inode until the process has
/// accepted it (sock_diag(7)): one that waits there is one that the process fails to take. What the
/// process does accept is closed again at the next look, so that it has its descriptors back.
final class AcceptTrial: Sendable {
    /// More are not opened at once, so that a process with many descriptors left stays itself.
    private static let most = 64
    /// Between two trials the process is left alone for so many looks.
    private static let rest = 4

    private let port: Int
    private let state = Mutex<(connections: [Descriptor], rest: Int)>(([], 0))

    init(port: Int) {
        self.port = port
    }

    /// Begins connections when none is under way, at most ``most``.
    func ask(connections count: Int) {
        state.withLock { state in
            if !state.connections.isEmpty {
                state = ([], Self.rest)
            } else if state.rest > 0 {
                state.rest -= 1
            } else {
                for _ in 0..<min(count, Self.most) {
                    guard let connection = try? LoopbackStream.begin(port: port) else { break }
                    state.connections.append(connection)
                }
            }
        }
    }

    /// Closes what is left.
    func end() {
        state.withLock { $0 = ([], 0) }
    }

    /// Whether a connection of an earlier look still waits to be accepted.
    func isRefused() -> Bool {
        guard state.withLock({ !$0.connections.isEmpty }),
            let sockets = try? SocketTable().sockets(in: [.established])
        else { return false }
        return sockets.contains { Int($0.local.port) == port && $0.inode == 0 }
    }
}
