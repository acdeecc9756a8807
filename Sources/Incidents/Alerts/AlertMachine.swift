import Playbooks
import Records

/// Turns what happens to drills into alerts, each told once and not again while nothing changes.
///
/// Pure: occurrences in, alerts out. A condition is told when it begins, when its cause changes, and
/// again after `repetition` while it stays. Seeing the same drill twice tells nothing twice.
public struct AlertMachine: Sendable, Codable, Equatable {
    /// The most playbooks that are remembered; the one that was quiet for longest is forgotten.
    static let maximumPlaybooks = 10_000

    struct Condition: Sendable, Codable, Equatable {
        var since: Int64
        var toldAt: Int64
        /// What caused it; another cause is told at once.
        var cause: String
        var count: Int
    }

    struct Standing: Sendable, Codable, Equatable {
        /// By the kind's raw value, so that the file is a mapping.
        var conditions: [String: Condition] = [:]
        var lastDrill: String?
        var lastDue: [String: Int64] = [:]
        var seenAt: Int64 = 0
    }

    private(set) var standings: [String: Standing] = [:]

    public init() {}

    /// Takes one occurrence and answers the alerts that it calls for.
    ///
    /// - Parameter repetition: after how long a condition that stays is told again.
    public mutating func take(_ occurrence: DrillOccurrence, repetition: Duration) -> [Alert] {
        let limit = repetition.nanoseconds
        switch occurrence {
        case .ended(let drill):
            var standing = standings[drill.playbook] ?? Standing()
            defer { keep(standing, of: drill.playbook, at: drill.endedAt) }
            guard standing.lastDrill != drill.drill else { return [] }
            standing.lastDrill = drill.drill
            standing.conditions[Alert.Kind.missed.rawValue] = nil
            return alerts(of: drill, &standing, limit)
        case .missed(let drill):
            var standing = standings[drill.playbook] ?? Standing()
            defer { keep(standing, of: drill.playbook, at: drill.noticedAt) }
            guard (standing.lastDue[drill.schedule] ?? .min) < drill.dueAt else { return [] }
            standing.lastDue[drill.schedule] = drill.dueAt
            let due = UniversalTime.text(drill.dueAt)
            let alert = Alert(
                kind: .missed, playbook: drill.playbook,
                sentence: "The drill of schedule \(drill.schedule) that was due at \(due) did not "
                    + "run: \(drill.reason)", drill: nil, since: drill.noticedAt,
                occurredAt: drill.noticedAt, count: 1)
            return tell(alert, cause: drill.schedule, &standing, limit)
        case .aborted(let drill):
            var standing = standings[drill.playbook] ?? Standing()
            defer { keep(standing, of: drill.playbook, at: drill.dueAt) }
            // No schedule's name has a space.
            let key = "\(drill.schedule) aborted \(drill.attempt)"
            guard (standing.lastDue[key] ?? .min) < drill.dueAt else { return [] }
            standing.lastDue[key] = drill.dueAt
            let due = UniversalTime.text(drill.dueAt)
            let alert = Alert(
                kind: .aborted, playbook: drill.playbook,
                sentence: "The drill of schedule \(drill.schedule) that was due at \(due) was "
                    + "aborted: \(drill.reason)", drill: drill.drill, since: drill.dueAt,
                occurredAt: drill.dueAt, count: 1)
            return tell(alert, cause: drill.schedule, &standing, limit)
        }
    }

    private func alerts(
        of drill: EndedDrill, _ standing: inout Standing, _ limit: Int64
    ) -> [Alert] {
        func alert(_ kind: Alert.Kind, _ sentence: String) -> Alert {
            Alert(
                kind: kind, playbook: drill.playbook, sentence: sentence, drill: drill.drill,
                since: drill.endedAt, occurredAt: drill.endedAt, count: 1)
        }
        var alerts: [Alert] = []
        if drill.outcome == .residual || drill.leftResidue {
            let residue = alert(.residual, "\(drill.reason) `firedrill revert` takes it out.")
            alerts += tell(residue, cause: "", &standing, limit)
        }
        if drill.outcome == .failed {
            let cause = drill.brokenChecks.sorted().joined(separator: ",")
            alerts += tell(alert(.failed, drill.reason), cause: cause, &standing, limit)
        }
        if let kind = Self.silence(drill.outcome) {
            return alerts
                + tell(alert(kind, drill.reason), cause: drill.outcome.rawValue, &standing, limit)
        }
        for kind in [Alert.Kind.aborted, .unmet, .inconclusive] {
            standing.conditions[kind.rawValue] = nil
        }
        guard drill.outcome == .passed else { return alerts }
        let ended = [Alert.Kind.failed, .residual].compactMap {
            standing.conditions.removeValue(forKey: $0.rawValue)
        }
        if let first = ended.map(\.since).min() {
            var recovered = alert(.recovered, "It passed again: \(drill.reason)")
            recovered.since = first
            recovered.count = ended.map(\.count).max() ?? 1
            alerts.append(recovered)
        }
        return alerts
    }

    /// The alert of an outcome that says nothing about the hypothesis.
    private static func silence(_ outcome: Outcome) -> Alert.Kind? {
        switch outcome {
        case .passed, .failed, .residual: nil
        case .aborted, .error, .invalid: .aborted
        case .preconditionUnmet: .unmet
        case .inconclusive: .inconclusive
        }
    }

    /// Tells an alert unless its condition is known already.
    private func tell(
        _ alert: Alert, cause: String, _ standing: inout Standing, _ limit: Int64
    ) -> [Alert] {
        let key = alert.kind.rawValue
        var alert = alert
        var condition =
            standing.conditions[key]
            ?? Condition(since: alert.occurredAt, toldAt: .min, cause: cause, count: 0)
        condition.count += 1
        let isDue =
            condition.toldAt == .min || condition.cause != cause
            || alert.occurredAt - condition.toldAt >= limit
        condition.cause = cause
        if isDue { condition.toldAt = alert.occurredAt }
        standing.conditions[key] = condition
        alert.since = condition.since
        alert.count = condition.count
        return isDue ? [alert] : []
    }

    private mutating func keep(_ standing: Standing, of playbook: String, at time: Int64) {
        var standing = standing
        standing.seenAt = time
        standings[playbook] = standing
        guard standings.count > Self.maximumPlaybooks,
            let quietest = standings.min(by: { $0.value.seenAt < $1.value.seenAt })?.key
        else { return }
        standings[quietest] = nil
    }
}
