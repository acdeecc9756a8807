import Synchronization

/// The queue of everything that the commit loop does, in order.
///
/// Operations are bounded; the few commands of roles and replication are not refused.
final class Inbox: Sendable {
    private struct Contents {
        var commands: [Command] = []
        var waiting: CheckedContinuation<[Command], Never>?
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// How many commands wait.
    var count: Int { contents.withLock { $0.commands.count } }

    /// Adds a command; false when the inbox is full or closed.
    func send(_ command: Command) -> Bool {
        let (accepted, waiting) = contents.withLock { contents in
            let isBounded = if case .operation = command { true } else { false }
            guard !contents.isClosed, !isBounded || contents.commands.count < limit else {
                return (false, nil as CheckedContinuation<[Command], Never>?)
            }
            if let waiting = contents.waiting {
                contents.waiting = nil
                return (true, waiting)
            }
            contents.commands.append(command)
            return (true, nil)
        }
        waiting?.resume(returning: [command])
        return accepted
    }

    /// Waits for commands and takes them all; empty when the inbox is closed and drained.
    func take() async -> [Command] {
        await withCheckedContinuation { continuation in
            let commands: [Command]? = contents.withLock { contents in
                if contents.commands.isEmpty, !contents.isClosed {
                    contents.waiting = continuation
                    return nil
                }
                defer { contents.commands = [] }
                return contents.commands
            }
            if let commands { continuation.resume(returning: commands) }
        }
    }

    /// Accepts nothing more; what waits is still taken.
    func close() {
        let waiting = contents.withLock { contents in
            contents.isClosed = true
            defer { contents.waiting = nil }
            return contents.waiting
        }
        waiting?.resume(returning: [])
    }
}
