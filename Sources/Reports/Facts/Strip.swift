import Records

/// A row of a chart whose state changes over time: a probe's answers, a node's role.
struct Strip<State: Sendable & Equatable>: Sendable, Equatable {
    struct Segment: Sendable, Equatable {
        let state: State
        let start: DrillTime
        var end: DrillTime
    }

    let name: String
    var segments: [Segment] = []

    /// Adds a state that begins at `start`; joins it to the last segment when nothing changed.
    mutating func add(_ state: State, from start: DrillTime, to end: DrillTime) {
        guard end > start else { return }
        if let last = segments.last, last.state == state, last.end >= start {
            segments[segments.count - 1].end = max(last.end, end)
        } else {
            segments.append(Segment(state: state, start: start, end: end))
        }
    }
}

/// What a node was at a time.
enum NodeState: String, Sendable {
    case primary, standby, arbiter, single, unknown, starting, dead

    init(_ role: NodeRole) {
        switch role {
        case .primary: self = .primary
        case .standby: self = .standby
        case .arbiter: self = .arbiter
        case .single: self = .single
        case .unknown: self = .unknown
        }
    }
}

enum Strips {
    /// One row for each probe and node, in the order of their names.
    ///
    /// An answer holds until the next one, for three usual periods at most.
    static func probes(_ samples: [ProbeSample], end: DrillTime) -> [Strip<ProbeSample.Result>] {
        var groups: [String: [ProbeSample]] = [:]
        for sample in samples {
            let name = sample.node.isEmpty ? sample.probe : "\(sample.probe) \(sample.node)"
            groups[name, default: []].append(sample)
        }
        return groups.keys.sorted().map { name in
            var strip = Strip<ProbeSample.Result>(name: name)
            let sorted = (groups[name] ?? []).sorted { $0.started < $1.started }
            let periods = zip(sorted.dropFirst(), sorted).map { ($0.started - $1.started).count }
            let usual = periods.sorted().dropFirst(periods.count / 2).first ?? 1_000_000_000
            for (index, sample) in sorted.enumerated() {
                let next = index + 1 < sorted.count ? sorted[index + 1].started : end
                let longest = sample.started + Nanoseconds(max(1, usual) * 3)
                strip.add(sample.result, from: sample.started, to: min(next, longest))
            }
            return strip
        }
    }

    /// One row for each node whose role or life is known.
    static func nodes(
        _ samples: [ProbeSample], events: [Event], end: DrillTime
    ) -> [Strip<NodeState>] {
        var changes: [String: [(time: DrillTime, state: NodeState)]] = [:]
        for sample in samples {
            guard let role = sample.role, !sample.node.isEmpty else { continue }
            changes[sample.node, default: []].append((sample.started, NodeState(role)))
        }
        for event in events where !event.subject.isEmpty {
            switch event.kind {
            case .nodeExited: changes[event.subject, default: []].append((event.time, .dead))
            case .nodeStarted, .nodeRestarted:
                changes[event.subject, default: []].append((event.time, .starting))
            case .roleChanged:
                guard let role = role(in: event.message) else { continue }
                changes[event.subject, default: []].append((event.time, NodeState(role)))
            default: break
            }
        }
        return changes.keys.sorted().map { node in
            strip(of: node, changes: changes[node] ?? [], end: end)
        }
    }

    private static func strip(
        of node: String, changes: [(time: DrillTime, state: NodeState)], end: DrillTime
    ) -> Strip<NodeState> {
        var strip = Strip<NodeState>(name: node)
        let sorted = changes.enumerated()
            .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        var isDead = false
        for (index, change) in sorted.enumerated() {
            // A probe that cannot reach a dead node says nothing new of its role.
            let state: NodeState = isDead && change.state == .unknown ? .dead : change.state
            isDead = state == .dead
            let next = index + 1 < sorted.count ? sorted[index + 1].time : end
            strip.add(state, from: change.time, to: next)
        }
        return strip
    }

    /// The last role that a message names: `node b is primary`.
    static func role(in message: String) -> NodeRole? {
        message.lowercased().split { !$0.isLetter }.reversed().lazy
            .compactMap { NodeRole(rawValue: String($0)) }.first
    }
}
