import Synchronization

/// Another node as the primary sees it.
final class PeerLink: Sendable {
    struct State: Sendable {
        /// Whether commits wait for this peer; changed by the commit loop alone.
        var isAttached = false
        /// How far the peer has got, as last heard.
        var position: CommitPosition?
        /// The identity of the peer's store, as last heard.
        var store: String?
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

    /// Sends a request; no answer counts as a failure, and so does one of an attached peer that has
    /// lost what it had.
    func send(_ request: ReplicationRequest, timeout: Duration) async -> ReplicationAnswer {
        // Compared with what was known before: answers may overtake each other.
        let known = state.withLock { $0 }
        do {
            let answer = try await transport.send(request, timeout: timeout)
            guard case .stored(let position, let store) = answer else { return answer }
            if known.isAttached, let loss = known.loss(position, store, in: request) {
                return .failed(loss)
            }
            state.withLock { state in
                state.position = position
                state.store = store
            }
            return answer
        } catch {
            return .failed("\(error)")
        }
    }

    /// The peer as the lease store is to know it; nil as long as nothing was heard of it.
    var eligible: EligibleNode? {
        state.withLock { state in
            guard let store = state.store, let position = state.position else { return nil }
            return EligibleNode(name: name, store: store, position: position)
        }
    }

    /// Forgets what was heard.
    func reset() {
        state.withLock { $0 = State() }
    }
}

extension PeerLink.State {
    /// What an answer shows that the peer has lost; nil when it has everything it had.
    fileprivate func loss(
        _ position: CommitPosition, _ store: String, in request: ReplicationRequest
    ) -> String? {
        if let known = self.store, known != store { return "its store is not the one it had" }
        // A snapshot throws away what was there.
        if case .beginSnapshot = request.content { return nil }
        if let known = self.position, position < known { return "it has lost commits" }
        return nil
    }
}
