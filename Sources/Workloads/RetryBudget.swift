public import Playbooks

/// A token bucket that bounds the retries of one client to a share of its first attempts.
///
/// Each first attempt pays `share` of a token in, each retry takes one out. The bucket holds what
/// ten seconds of first attempts pay in, so that a long quiet time does not buy a storm (the time
/// that Finagle's RetryBudget keeps its tokens).
public struct RetryBudget: Sendable, Equatable {
    private var share: Double
    private var capacity: Double
    private var tokens: Double = 0

    /// An empty bucket for a client that makes `rate` first attempts a second.
    public init(share: Ratio, rate: Rate) {
        self.share = share.fraction
        capacity = max(1, share.fraction * rate.perSecond * 10)
    }

    /// Pays in for a first attempt.
    public mutating func deposit() {
        tokens = min(capacity, tokens + share)
    }

    /// Takes out for a retry; false, and nothing is taken, when the bucket holds less than a token.
    public mutating func withdraw() -> Bool {
        // The sum of many shares may fall short of a whole token by rounding alone.
        guard tokens >= 1 - 1e-9 else { return false }
        tokens = max(0, tokens - 1)
        return true
    }
}
