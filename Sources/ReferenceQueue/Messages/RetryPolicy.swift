/// How redelivery backs off: exponentially from a first gap to a cap, with jitter, so many times.
///
/// The gap after the n-th failure is drawn from e = min(cap, first * factor^(n-1)):
///
///     none   e          2 s, 4 s, 8 s, 16 s, 32 s, 32 s ...
///     equal  e/2 ... e
///     full   0 ... e
///
/// See "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
public struct RetryPolicy: Sendable, Equatable {
    /// How the gap is spread below its exponential bound.
    public enum Jitter: String, Sendable, CaseIterable {
        case full, equal, none
    }

    /// The bound after the first failure.
    public var first: Duration
    /// By how much the bound grows from one failure to the next; at least 1.
    public var factor: Double
    /// The largest bound.
    public var cap: Duration
    /// How the gap is spread.
    public var jitter: Jitter
    /// How often delivery is tried, the first time included.
    public var attempts: Int

    /// A policy; the defaults are 2 s doubling to 32 s with full jitter, five attempts.
    public init(
        first: Duration = .seconds(2), factor: Double = 2, cap: Duration = .seconds(32),
        jitter: Jitter = .full, attempts: Int = 5
    ) {
        self.first = first
        self.factor = factor
        self.cap = cap
        self.jitter = jitter
        self.attempts = attempts
    }

    /// Milliseconds to wait after the given failure; the first failure is 1.
    func gap(afterFailure failure: Int64, using generator: inout some RandomNumberGenerator)
        -> Int64
    {
        var bound = first.milliseconds
        var reached: Int64 = 1
        while reached < failure, bound < cap.milliseconds {
            bound *= factor
            reached += 1
        }
        bound = min(bound, cap.milliseconds)
        let gap =
            switch jitter {
            case .none: bound
            case .equal: bound / 2 + Double.random(in: 0...bound / 2, using: &generator)
            case .full: Double.random(in: 0...bound, using: &generator)
            }
        return Int64(gap.rounded())
    }
}

extension Duration {
    /// This duration in milliseconds, fractions included.
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    }

    /// This duration in whole nanoseconds.
    var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}

/// The SplitMix64 generator: the same seed gives the same sequence.
///
/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
