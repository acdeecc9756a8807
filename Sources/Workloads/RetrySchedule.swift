public import Playbooks
public import Records

/// The waits before each retry of one message, by the policy and the seed alone.
public struct RetrySchedule: Sendable, Equatable {
    /// The longest wait that a service may ask for with Retry-After; beyond it the client gives up.
    public static let longestRetryAfter: Duration = .seconds(30)

    private var policy: RetryPolicy
    private var hash: SeededHash

    public init(policy: RetryPolicy, seed: UInt64, message: MessageIdentifier) {
        self.policy = policy
        hash = SeededHash(seed: seed, 3, UInt64(message.producer), UInt64(message.sequence))
    }

    /// Plans the retries of something that is not a message, told apart by its own hash.
    init(policy: RetryPolicy, hash: SeededHash) {
        self.policy = policy
        self.hash = hash
    }

    /// The wait before retry `k`, counted from 0; never shorter than a Retry-After.
    ///
    /// Nil when the service asks for a longer wait than ``longestRetryAfter``.
    public func gap(beforeRetry k: Int, retryAfter: Duration? = nil) -> Duration? {
        let advertised = retryAfter ?? .zero
        guard advertised <= Self.longestRetryAfter else { return nil }
        let envelope = policy.envelope(beforeRetry: k)
        var hash = hash
        hash.add(UInt64(k))
        let drawn: Duration =
            switch policy.jitter {
            case .none: envelope
            case .full: envelope * hash.fraction
            case .equal: envelope / 2 + envelope / 2 * hash.fraction
            }
        return max(drawn, advertised)
    }
}
