import Playbooks
import Records

/// Follows one probe of the steady state: since when it has been content without a gap.
///
/// A probe of one object may be asked of another node after a failover: its answers are one series,
/// and the newest counts. A probe of several objects must be content on each.
struct ProbeTracker: Sendable {
    let probe: ProbeStep
    private var latest: [String: ProbeSample] = [:]
    private(set) var since: DrillTime?

    init(_ probe: ProbeStep) {
        self.probe = probe
    }

    mutating func observe(_ sample: ProbeSample) {
        guard sample.probe == probe.name else { return }
        let series = isOfOne ? "" : sample.node
        if let known = latest[series], known.ended > sample.ended { return }
        latest[series] = sample
        if latest.values.allSatisfy({ $0.result == .healthy }) {
            since = since ?? sample.ended
        } else {
            since = nil
        }
    }

    /// Whether an answer is too old to say anything of now.
    func isStale(at time: DrillTime) -> Bool {
        guard let newest = latest.values.map(\.ended).max() else { return true }
        guard let period = probe.every else { return false }
        return (time - newest).count > 3 * period.nanoseconds + 1_000_000_000
    }

    func hasHeld(for duration: Duration, at time: DrillTime) -> Bool {
        guard let since else { return false }
        // A probe that is asked once cannot answer again: its one answer stands.
        return probe.every == nil || (time - since).count >= duration.nanoseconds
    }

    /// What the probe says against the steady state; nil when nothing.
    var complaint: String? {
        let unhappy = latest.values.filter { $0.result != .healthy }
            .min { ($0.ended, $0.node) < ($1.ended, $1.node) }
        return unhappy.map { sample in
            let node = sample.node.isEmpty ? "" : " of node \(sample.node)"
            return "probe \(probe.name)\(node) answered \(sample.answer)"
        }
    }

    private var isOfOne: Bool { probe.selector?.pick != .all }
}
