/// A piece of a node's whole state, on its way to a standby whose history differs.
struct SnapshotPart: Sendable, Equatable {
    var messages: [Message] = []
    var keys: [IdempotencyKeys.Record] = []
    var acknowledged: [String: Int] = [:]
    /// Set on the last part: where in history the snapshot stands.
    var completes: CommitPosition?
}
