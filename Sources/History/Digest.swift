public import Records

/// What became of the drills of a span of time: for a weekly mail, or a meeting.
public struct Digest: Sendable, Equatable {
    /// A playbook's drills of the span.
    public struct Row: Sendable, Equatable {
        public var playbook: String
        public var title: String
        public var outcomes: [Outcome: Int]
        public var last: DrillEntry
    }

    /// Something that was better before.
    public struct Worsening: Sendable, Equatable {
        public var playbook: String
        /// `outcome`, or a figure's name.
        public var what: String
        /// One sentence's end: `from passed to failed`.
        public var change: String
        public var drill: String
    }

    /// Nanoseconds since 1970.
    public var since: Int64
    public var until: Int64
    public var rows: [Row]
    public var worse: [Worsening]
    /// Playbooks that could be run and never were.
    public var neverDrilled: [String]
    /// Playbooks that were drilled before, and not in the span.
    public var idle: [String]
    /// Kinds of fault that no drill of the history had.
    public var unusedFaults: [String]

    /// How many drills ran in the span.
    public var drills: Int { rows.flatMap(\.outcomes.values).reduce(0, +) }
}

extension HistoryDatabase {
    /// Looks back over a span.
    ///
    /// A playbook got worse when its last drill before the span passed and its last one in it did
    /// not, or when the median of a figure of which less is better grew by more than a fifth; the
    /// latter only between drills of the same playbook text, two on each side at least.
    ///
    /// - Parameters:
    ///   - playbooks: the names of the playbooks that could be run.
    ///   - faultKinds: every kind of fault there is.
    ///   - format: how a figure reads.
    public func digest(
        since: Int64, until: Int64, playbooks: [String], faultKinds: [String],
        format: (Double, Figure.Unit) -> String
    ) throws -> Digest {
        let drilled = try self.playbooks()
        var rows: [Digest.Row] = []
        var worse: [Digest.Worsening] = []
        for playbook in drilled {
            let span = DrillFilter(playbook: playbook, since: since, before: until)
            let newest = try drills(span, limit: 100).first { $0.isJudged }
            guard let newest else { continue }
            rows.append(
                Digest.Row(
                    playbook: playbook, title: newest.title, outcomes: try outcomes(span),
                    last: newest))
            worse += try worsenings(of: newest, since: since, until: until, format: format)
        }
        let used = Set(try faults().map(\.kind))
        let active = Set(rows.map(\.playbook))
        return Digest(
            since: since, until: until, rows: rows, worse: worse,
            neverDrilled: playbooks.filter { !drilled.contains($0) }.sorted(),
            idle: drilled.filter { !active.contains($0) },
            unusedFaults: faultKinds.filter { !used.contains($0) })
    }

    private func worsenings(
        of newest: DrillEntry, since: Int64, until: Int64,
        format: (Double, Figure.Unit) -> String
    ) throws -> [Digest.Worsening] {
        var found: [Digest.Worsening] = []
        let earlier = try drills(
            DrillFilter(playbook: newest.playbook, before: since), limit: 50
        ).first { $0.isJudged }
        if earlier?.outcome == .passed, let outcome = newest.outcome, outcome != .passed {
            found.append(
                Digest.Worsening(
                    playbook: newest.playbook, what: "outcome",
                    change: "from passed to \(outcome.rawValue)", drill: newest.identifier))
        }
        for (name, _) in try figures(ofPlaybook: newest.playbook) {
            let trend = try trend(playbook: newest.playbook, figure: name, limit: 100)
            let same = trend.points.filter {
                $0.playbookHash == newest.playbookHash && $0.startedAt < until
            }
            let before = median(of: same.filter { $0.startedAt < since }.map(\.value))
            let now = median(of: same.filter { $0.startedAt >= since }.map(\.value))
            guard let before, let now, before > 0, now > before * 1.2,
                FigureNames.isBetterWhenLower(DrillFigure(name, now, trend.unit))
            else { continue }
            found.append(
                Digest.Worsening(
                    playbook: newest.playbook, what: name,
                    change: "from \(format(before, trend.unit)) to \(format(now, trend.unit))",
                    drill: newest.identifier))
        }
        return found
    }

    /// The median of two values or more.
    private func median(of values: [Double]) -> Double? {
        guard values.count >= 2 else { return nil }
        let points = values.map { Trend.Point(drill: "", startedAt: 0, value: $0) }
        return Trend(playbook: "", figure: "", unit: .none, points: points).median
    }
}
