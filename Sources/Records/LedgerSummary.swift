/// The closed account of a drill's messages (Jepsen's `total-queue`, with what it lacks).
public struct LedgerSummary: Sendable, Codable, Equatable {
    /// Enqueues that were begun.
    public var attempted: Int
    /// Enqueues that the service acknowledged.
    public var acknowledged: Int
    /// Distinct messages that came out at least once.
    public var delivered: Int
    /// Acknowledged, never delivered, and not in the dead-letter queue either.
    public var lost: [LostMessage]
    /// Deliveries beyond the first of a message whose earlier delivery had been settled.
    public var duplicated: Int
    /// Deliveries beyond the first that redelivery explains (refused, lease lapsed, crash).
    public var redelivered: Int
    /// Delivered, but nobody sent it, or its enqueue certainly failed.
    public var unexpected: Int
    /// Delivered although the enqueue's outcome was indeterminate.
    public var recovered: Int
    /// Delivered with a body that does not match its checksum.
    public var corrupted: Int
    /// Enqueues whose outcome nobody knows.
    public var indeterminate: Int
    /// Acknowledged messages that ended in the dead-letter queue: set aside, not lost.
    public var deadLettered: Int
    /// Whether every node was asked and every queue was empty at the end.
    public var isDrained: Bool
    /// Acknowledgements before the first fault, and after the last: both must be there.
    ///
    /// In a drill without faults both count all of them.
    public var acknowledgedBeforeFaults: Int
    public var acknowledgedAfterFaults: Int

    public init(
        attempted: Int = 0, acknowledged: Int = 0, delivered: Int = 0, lost: [LostMessage] = [],
        duplicated: Int = 0, redelivered: Int = 0, unexpected: Int = 0, recovered: Int = 0,
        corrupted: Int = 0, indeterminate: Int = 0, deadLettered: Int = 0,
        isDrained: Bool = false, acknowledgedBeforeFaults: Int = 0,
        acknowledgedAfterFaults: Int = 0
    ) {
        self.attempted = attempted
        self.acknowledged = acknowledged
        self.delivered = delivered
        self.lost = lost
        self.duplicated = duplicated
        self.redelivered = redelivered
        self.unexpected = unexpected
        self.recovered = recovered
        self.corrupted = corrupted
        self.indeterminate = indeterminate
        self.deadLettered = deadLettered
        self.isDrained = isDrained
        self.acknowledgedBeforeFaults = acknowledgedBeforeFaults
        self.acknowledgedAfterFaults = acknowledgedAfterFaults
    }

    /// An acknowledged message that never came out.
    public struct LostMessage: Sendable, Codable, Equatable {
        public var message: MessageIdentifier
        public var acknowledgedAt: DrillTime
        public var node: String

        public init(message: MessageIdentifier, acknowledgedAt: DrillTime, node: String) {
            self.message = message
            self.acknowledgedAt = acknowledgedAt
            self.node = node
        }
    }
}
