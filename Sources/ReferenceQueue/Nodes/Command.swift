/// One thing for the commit loop to do; it does them one after the other.
enum Command: Sendable {
    /// Decide, make durable, answer.
    case operation(Operation, @Sendable (Outcome) -> Void)
    case promote(epoch: Int64)
    case demote
    /// Make durable what a primary sent.
    case receive(ReplicationRequest, CheckedContinuation<ReplicationAnswer, Never>)
    /// Ship a peer its last few missing commits and have commits wait for it from then on.
    case attach(PeerLink, epoch: Int64, CheckedContinuation<Bool, Never>)
    /// Go on without a peer.
    case detach(PeerLink, epoch: Int64, reason: String)
    /// Forget old idempotency keys.
    case forgetKeys
}
