import Playbooks
import Records

/// What followed one kill of a primary, or its isolation.
struct Failover {
    /// The longest time by which the news of a role may lag behind the first acknowledgement.
    static let roleLag = Nanoseconds(2_000_000_000)

    let kill: FaultWindow
    let oldPrimary: String
    /// The first acknowledgement by another node; nil when there was none.
    let takeover: Acknowledgement?
    /// From the kill to the takeover (RTO_failover).
    let recoveryTime: Nanoseconds?
    /// The longest time without any acknowledgement around the kill (RTO_client).
    let longestGap: Nanoseconds?
    /// From the kill to the first attempt that it made fail (RTO_detect).
    let detectionTime: Nanoseconds?
    /// What the old primary acknowledged although another node had taken over.
    let unfenced: [Acknowledgement]
    /// How long clients went on asking after the kill.
    let observed: Nanoseconds
}

/// Reads failovers from the evidence.
struct FailoverReader {
    private let evidence: JudgedEvidence
    private let acknowledgements: [Acknowledgement]
    private let roles: RoleHistory

    init(_ evidence: JudgedEvidence) {
        self.evidence = evidence
        acknowledgements = Acknowledgement.all(in: evidence.evidence.operations)
        roles = RoleHistory(evidence.evidence)
    }

    /// The failovers after every kill, and every isolation, that hit the primary of its time.
    func failovers() -> [Failover] {
        let kills = evidence.faultWindows.filter { !$0.removedNodes.isEmpty }
        return kills.enumerated().compactMap { index, kill in
            guard let primary = primary(before: kill.start), kill.removedNodes.contains(primary)
            else {
                return nil
            }
            let next = index + 1 < kills.count ? kills[index + 1].start : nil
            return failover(kill, primary, until: next ?? DrillTime(nanoseconds: .max))
        }
    }

    /// The node that had acknowledged most of what was acknowledged last.
    ///
    /// Acknowledgements say more than roles: a node that acknowledges is primary, whatever it calls
    /// itself. Roles decide when nothing was acknowledged for five seconds.
    private func primary(before time: DrillTime) -> String? {
        let recent = acknowledgements.prefix { $0.ended <= time }.suffix(20)
            .filter { (time - $0.ended).count <= 5_000_000_000 }
        var counts: [String: Int] = [:]
        for acknowledgement in recent { counts[acknowledgement.node, default: 0] += 1 }
        let most = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }
        return most?.key ?? roles.primary(at: time)
    }

    private func failover(_ kill: FaultWindow, _ primary: String, until end: DrillTime)
        -> Failover
    {
        let takeover = acknowledgements.first { $0.ended > kill.start && $0.node != primary }
        let attempts = evidence.evidence.operations.lazy.filter { $0.kind == .enqueue }
            .flatMap(\.attempts)
        let lastAttempt = attempts.reduce(kill.start) { max($0, $1.started) }
        let firstFailure = attempts.filter {
            $0.node == primary && $0.outcome != .ok && $0.ended >= kill.start
        }.map(\.ended).min()
        let windowEnd = max(takeover?.ended ?? lastAttempt, kill.end ?? kill.start)
        return Failover(
            kill: kill, oldPrimary: primary, takeover: takeover,
            recoveryTime: takeover.map { $0.ended - kill.start },
            longestGap: longestGap(from: kill.start, to: windowEnd),
            detectionTime: firstFailure.map { $0 - kill.start },
            unfenced: takeover.map { takeover in
                let before = besideAnother(primary, from: kill.start, to: takeover.ended)
                return before + unfenced(primary, after: takeover, until: end)
            } ?? [],
            observed: lastAttempt - kill.start)
    }

    private func longestGap(from start: DrillTime, to end: DrillTime) -> Nanoseconds? {
        zip(acknowledgements, acknowledgements.dropFirst())
            .filter { $0.ended <= end && $1.ended >= start }
            .map { $1.ended - $0.ended }.max()
    }

    /// What the old primary acknowledged while another node already was primary, before any client
    /// had found that one.
    ///
    /// The other must be said to be primary for the time by which news may lag as well, so that
    /// an orderly change of roles is none. What was begun before the fault may have been durable on
    /// both before it, and only the answer waited: the ledger tells whether it is lost.
    private func besideAnother(
        _ node: String, from start: DrillTime, to end: DrillTime
    ) -> [Acknowledgement] {
        besideAnother(
            node,
            acknowledgements.filter {
                $0.node == node && $0.started >= start && $0.ended < end
            })
    }

    private func besideAnother(_ node: String, _ own: [Acknowledgement]) -> [Acknowledgement] {
        // Roles are known to a tenth of a second at best: one look at each quarter is enough.
        var quarters: [Int64: Bool] = [:]
        return own.filter { acknowledgement in
            let quarter = acknowledgement.ended.nanoseconds / 250_000_000
            if let known = quarters[quarter] { return known }
            let isBeside = roles.hasPrimary(
                otherThan: node, from: acknowledgement.ended,
                to: acknowledgement.ended + Failover.roleLag)
            quarters[quarter] = isBeside
            return isBeside
        }
    }

    /// What the old primary acknowledged of attempts begun after the takeover, without having
    /// become primary again, or beside another node that went on as primary.
    private func unfenced(
        _ node: String, after takeover: Acknowledgement, until end: DrillTime
    ) -> [Acknowledgement] {
        let later = acknowledgements.filter { $0.started >= takeover.ended && $0.ended < end }
        let own = later.filter { $0.node == node }
        guard let first = own.first else { return [] }
        let wasReinstated = roles.saysPrimary(
            node, from: takeover.ended, to: first.ended + Failover.roleLag)
        guard wasReinstated else { return own }
        // Reinstated: only what it did while another went on is a second primary's work. Another
        // went on from the last time that it was said to be primary until it acknowledged again.
        let shared = TimeRanges(
            later.filter { $0.node != node }.compactMap { other in
                let claim =
                    roles.lastClaim(of: other.node, by: other.ended + Failover.roleLag)
                    ?? takeover.ended
                return claim < other.started ? claim..<other.started : nil
            })
        let beside = Set(besideAnother(node, own).map(\.ended))
        return own.filter { shared.contains($0.ended) || beside.contains($0.ended) }
    }
}
