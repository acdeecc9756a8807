/// A planted bug that a drill must find; none is on unless asked for.
public enum Weakness: String, Sendable, CaseIterable {
    /// Answers 201 at once and commits what it answered every 500 ms.
    case ackBeforeCommit = "ack-before-commit"
    /// Answers without waiting for the standby, which gets its commits 500 ms late.
    case asyncReplication = "async-replication"
    /// Goes on accepting messages for 3 s after it learned that it lost its lease.
    case noFencing = "no-fencing"
    /// Redelivers after a constant gap, the policy's first, without growth or jitter.
    case constantRetry = "constant-retry"
    /// Says that it is alive, ready and the primary, whatever is the case.
    case lyingHealth = "lying-health"
    /// Ends the process when the disk is full.
    case crashOnFullDisk = "crash-on-full-disk"
    /// Never asks the disk to keep anything: what it acknowledged is in the page cache alone.
    case noSync = "no-sync"
    /// Takes no notice of idempotency keys: an enqueue that is sent again is kept again.
    case noDeduplication = "no-deduplication"
    /// Keeps times that must survive a restart on the clock that counts from the machine's start.
    case uptimeTimestamps = "uptime-timestamps"
}
