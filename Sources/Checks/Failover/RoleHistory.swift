import Records

/// Who was known to be primary when, by the role changes and the answers of probes.
struct RoleHistory {
    private struct Claim {
        var time: DrillTime
        var node: String
        var isPrimary: Bool
    }

    private let claims: [Claim]
    /// When each node was said to be primary, in the order of time.
    private let primaryTimes: [String: [DrillTime]]

    init(_ evidence: Evidence) {
        let changes = evidence.events.filter { $0.kind == .roleChanged }.map { event in
            Claim(
                time: event.time, node: event.subject,
                isPrimary: event.message.hasSuffix(NodeRole.primary.rawValue))
        }
        let samples = evidence.samples.compactMap { sample -> Claim? in
            guard let role = sample.role, !sample.node.isEmpty else { return nil }
            return Claim(time: sample.ended, node: sample.node, isPrimary: role == .primary)
        }
        claims = (changes + samples).sorted { $0.time < $1.time }
        primaryTimes = Dictionary(grouping: claims.filter(\.isPrimary), by: \.node)
            .mapValues { $0.map(\.time) }
    }

    /// Whether a node was said to be primary at any moment from `start` to `end`.
    func saysPrimary(_ node: String, from start: DrillTime, to end: DrillTime) -> Bool {
        lastClaim(of: node, by: end).map { $0 >= start } ?? false
    }

    /// When a node was last said to be primary by `time`; nil when it never was.
    func lastClaim(of node: String, by time: DrillTime) -> DrillTime? {
        guard let times = primaryTimes[node] else { return nil }
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : times[low - 1]
    }

    /// Whether another node than `node` was said to be primary from `start` to `end` without a break.
    func hasPrimary(otherThan node: String, from start: DrillTime, to end: DrillTime) -> Bool {
        primaryTimes.keys.contains { other in
            guard other != node else { return false }
            let own = claims.filter { $0.node == other && $0.time <= end }
            let before = own.last { $0.time <= start }
            return before?.isPrimary == true
                && own.allSatisfy { $0.time <= start || $0.isPrimary }
        }
    }

    /// The node last said to be primary by `time`; nil when none was.
    func primary(at time: DrillTime) -> String? {
        var primary: String?
        for claim in claims.prefix(while: { $0.time <= time }) {
            if claim.isPrimary {
                primary = claim.node
            } else if primary == claim.node {
                primary = nil
            }
        }
        return primary
    }
}
