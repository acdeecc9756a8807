import Synchronization

/// Whether a client has hung up while its request waited for something.
///
/// A client that sends no more counts: a closed connection and one closed for sending alone look
/// the same from here (tcp(7)), and whoever waits only to answer loses nothing by answering now.
final class HangUp: Sendable {
    private struct State {
        var hasHappened = false
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Whether the client has hung up.
    var hasHappened: Bool { state.withLock { $0.hasHappened } }

    /// Does something once the client hangs up; at once when it has.
    func whenHappens(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.hasHappened { state.action = action }
            return state.hasHappened
        }
        if isLate { action() }
    }

    /// Tells that the client has hung up.
    func happen() {
        let action = state.withLock { state in
            state.hasHappened = true
            defer { state.action = nil }
            return state.action
        }
        action?()
    }
}
