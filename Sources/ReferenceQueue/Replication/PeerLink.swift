import Synchronization

/// Another node as the primary sees it.
final class PeerLink: Sendable {
    struct State: Sendable {
        /// Whether commits wait for this peer; changed by the commit loop alone.
        var isAttached = false
        /// How far the peer has got, as last heard.
        var position: CommitPosition?
        /// Why it is not attached.
        var reason = "not yet heard from"
    }

    let name: String
    let state = Mutex(State())
    private let transport: any ReplicationTransport

    init(name: String, transport: any ReplicationTransport) {
        self.name = name
        self.transport = transport
    }

    /// Whether commits wait for this peer.
    var isAttached: Bool { state.withLock { $0.isAttached } }

    /// Sends a request; no answer counts as a failure.
    func send(_ request: ReplicationRequest, timeout: Duration) async -> ReplicationAnswer {
        do {
            let answer = try await transport.send(request, timeout: timeout)
            if case .stored(let position) = answer {
                state.withLock { $0.position = position }
            }
            return answer
        } catch {
            return .failed("\(error)")
        }
    }

    /// Forgets what was heard.
    func reset() {
        state.withLock { $0 = State() }
    }
}
