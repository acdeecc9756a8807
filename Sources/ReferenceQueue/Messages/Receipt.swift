/// The right to settle one delivery of a message.
struct Receipt: Sendable, Hashable, CustomStringConvertible {
    /// The epoch of the primary that delivered.
    var epoch: Int64
    /// Which delivery this is; the first is 1.
    var attempt: Int64
    /// Tells two deliveries of one epoch and attempt apart.
    var nonce: UInt32

    init(epoch: Int64, attempt: Int64, nonce: UInt32) {
        self.epoch = epoch
        self.attempt = attempt
        self.nonce = nonce
    }

    /// Reads the text that `description` writes.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let epoch = Int64(parts[0]), let attempt = Int64(parts[1]),
            let nonce = UInt32(parts[2])
        else { return nil }
        self.init(epoch: epoch, attempt: attempt, nonce: nonce)
    }

    var description: String { "\(epoch).\(attempt).\(nonce)" }
}
