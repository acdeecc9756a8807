/// A retry policy: exponential growth from `first` by `factor` up to `cap`.
///
/// The gap before retry k (k = 0 for the first) is drawn from e_k = min(cap, first * factor^k):
/// `none` waits e_k, `full` waits U(0, e_k), `equal` waits e_k/2 + U(0, e_k/2)
/// (AWS Architecture Blog, "Exponential Backoff And Jitter").
public struct RetryPolicy: Sendable, Equatable, Codable {
    public var first: Duration
    public var factor: Double
    public var cap: Duration
    public var jitter: Jitter
    /// The most attempts for one message, the first included.
    public var attempts: Int
    /// The share of retries beside first attempts that a client allows itself; nil for no budget.
    public var budget: Ratio?

    public init(
        first: Duration = .milliseconds(100), factor: Double = 2, cap: Duration = .seconds(3),
        jitter: Jitter = .full, attempts: Int = 8, budget: Ratio? = nil
    ) {
        self.first = first
        self.factor = factor
        self.cap = cap
        self.jitter = jitter
        self.attempts = attempts
        self.budget = budget
    }

    public enum Jitter: String, Sendable, Codable, CaseIterable {
        case none, full, equal
    }

    /// The envelope e_k before retry `k`, counted from 0.
    public func envelope(beforeRetry k: Int) -> Duration {
        var gap = first.seconds
        for _ in 0..<max(0, k) {
            gap *= factor
            if gap >= cap.seconds { return cap }
        }
        return min(cap, .nanoseconds(Int64(gap * 1e9)))
    }
}
