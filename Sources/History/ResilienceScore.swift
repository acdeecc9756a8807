public import Records

/// How far a playbook's last drills speak for the target: 0 to 100, by a formula that anybody can check.
///
/// The newest three judged drills count 3, 2 and 1. A drill is worth the weighted share of its checks
/// that held; an inconclusive check counts half. Weights: `no_loss` 5, `failover` 4, `recovery` and
/// `no_crash` 3, every other check 1. A drill that left a fault behind is worth nothing; one whose
/// steady state was missing, that was aborted or that failed as a tool says nothing and is left out.
///
/// The sum is halved for every 30 days by which the newest of them is older than 30 days: what was
/// not drilled for long is not known.
public struct ResilienceScore: Sendable, Equatable {
    /// One drill's part in the score.
    public struct Part: Sendable, Equatable {
        public var drill: String
        /// From 0 to 1.
        public var worth: Double
        /// 3, 2 or 1.
        public var weight: Double
    }

    public var parts: [Part]
    /// From 0 to 1: by how much age takes from it.
    public var freshness: Double
    /// From 0 to 100.
    public var value: Double

    /// The weight of a check in a drill's worth.
    public static func weight(ofCheck check: String) -> Double {
        switch check {
        case "no_loss": 5
        case "failover": 4
        case "recovery", "no_crash": 3
        default: 1
        }
    }

    /// A drill of the playbook as far as the score needs to know it.
    public struct Drill: Sendable, Equatable {
        public var identifier: String
        public var outcome: Outcome
        /// Nanoseconds since 1970.
        public var startedAt: Int64
        public var checks: [DrillCheck]

        public init(
            identifier: String, outcome: Outcome, startedAt: Int64, checks: [DrillCheck]
        ) {
            self.identifier = identifier
            self.outcome = outcome
            self.startedAt = startedAt
            self.checks = checks
        }
    }

    /// The score of a playbook at `now`; nil when none of its drills says anything.
    public init?(_ drills: [Drill], now: Int64) {
        let telling = drills.filter { Self.saysSomething($0.outcome) && !$0.checks.isEmpty }
            .sorted { $0.startedAt > $1.startedAt }.prefix(3)
        guard let newest = telling.first else { return nil }
        parts = zip(telling, [3.0, 2, 1]).map { drill, weight in
            Part(drill: drill.identifier, worth: Self.worth(of: drill), weight: weight)
        }
        let days = Double(now - newest.startedAt) / 86_400e9
        freshness = days <= 30 ? 1 : Self.half(days / 30 - 1)
        let sum = parts.map { $0.worth * $0.weight }.reduce(0, +)
        value = 100 * freshness * sum / parts.map(\.weight).reduce(0, +)
    }

    /// 2 to the power of minus `times`, in straight lines between whole numbers.
    private static func half(_ times: Double) -> Double {
        let whole = min(60, times.rounded(.down))
        var value = 1.0
        for _ in 0..<Int(whole) { value /= 2 }
        return value * (1 - (min(60, times) - whole) / 2)
    }

    private static func saysSomething(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .passed, .failed, .inconclusive, .residual: true
        case .invalid, .preconditionUnmet, .aborted, .error: false
        }
    }

    private static func worth(of drill: Drill) -> Double {
        guard drill.outcome != .residual else { return 0 }
        let weights = drill.checks.map { weight(ofCheck: $0.name) }
        let held = zip(drill.checks, weights).map { check, weight -> Double in
            switch check.status {
            case .held: weight
            case .inconclusive: weight / 2
            case .broken: 0
            }
        }
        return held.reduce(0, +) / weights.reduce(0, +)
    }
}
