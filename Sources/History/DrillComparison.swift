public import Records

/// Two drills side by side.
public struct DrillComparison: Sendable, Equatable {
    /// Whether a change is for the better.
    public enum Change: String, Sendable {
        case better, worse, same
        /// Changed, and nobody says which way is good.
        case different
        /// Only one of the drills has it.
        case incomparable
    }

    /// One figure of both.
    public struct FigureRow: Sendable, Equatable {
        public var name: String
        public var unit: Figure.Unit
        public var first: Double?
        public var second: Double?
        public var change: Change

        /// By how much of the first the second is larger; nil when that cannot be said.
        public var growth: Double? {
            guard let first, let second, first != 0 else { return nil }
            return (second - first) / abs(first)
        }
    }

    /// One check of both.
    public struct CheckRow: Sendable, Equatable {
        public var name: String
        public var first: CheckResult.Status?
        public var second: CheckResult.Status?
        public var change: Change
    }

    public var first: DrillEntry
    public var second: DrillEntry
    public var checks: [CheckRow]
    public var figures: [FigureRow]
    /// What makes the comparison doubtful: another playbook, text, host, version or seed.
    public var cautions: [String]

    /// Compares two drills.
    ///
    /// - Parameter tolerance: the share by which a figure may change and count as the same.
    public init(_ first: DrillDetails, _ second: DrillDetails, tolerance: Double = 0.1) {
        self.first = first.entry
        self.second = second.entry
        cautions = Self.cautions(first.entry, second.entry)
        let old = Dictionary(first.checks.map { ($0.name, $0.status) }) { one, _ in one }
        let new = Dictionary(second.checks.map { ($0.name, $0.status) }) { one, _ in one }
        checks = Self.names(first.checks.map(\.name), second.checks.map(\.name)).map { name in
            CheckRow(
                name: name, first: old[name], second: new[name],
                change: Self.change(old[name], new[name]))
        }
        let before = Dictionary(first.figures.map { ($0.name, $0) }) { one, _ in one }
        let after = Dictionary(second.figures.map { ($0.name, $0) }) { one, _ in one }
        figures = Self.names(first.figures.map(\.name), second.figures.map(\.name)).map { name in
            let (one, two) = (before[name], after[name])
            return FigureRow(
                name: name, unit: one?.unit ?? two?.unit ?? .none, first: one?.value,
                second: two?.value, change: Self.change(one, two, tolerance: tolerance))
        }
    }

    private static func names(_ first: [String], _ second: [String]) -> [String] {
        var seen: Set<String> = []
        return (first + second).filter { seen.insert($0).inserted }
    }

    private static func change(
        _ first: CheckResult.Status?, _ second: CheckResult.Status?
    ) -> Change {
        guard let first, let second else { return .incomparable }
        if first == second { return .same }
        let order: [CheckResult.Status] = [.broken, .inconclusive, .held]
        let ranks = [first, second].map { order.firstIndex(of: $0) ?? 0 }
        return ranks[0] < ranks[1] ? .better : .worse
    }

    private static func change(
        _ first: DrillFigure?, _ second: DrillFigure?, tolerance: Double
    ) -> Change {
        guard let first, let second else { return .incomparable }
        let size = max(abs(first.value), abs(second.value))
        guard abs(second.value - first.value) > tolerance * size else { return .same }
        guard FigureNames.isBetterWhenLower(second) else { return .different }
        return second.value < first.value ? .better : .worse
    }

    private static func cautions(_ first: DrillEntry, _ second: DrillEntry) -> [String] {
        let pairs = [
            ("playbook", first.playbook, second.playbook),
            ("playbook's text", first.playbookHash, second.playbookHash),
            ("target", first.target, second.target), ("host", first.host, second.host),
            ("kernel", first.kernel, second.kernel),
            ("version of Firedrill", first.firedrill, second.firedrill),
            ("seed", String(first.seed), String(second.seed)),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { name, one, two in
            name == "playbook's text" ? "another \(name)" : "another \(name): \(one), \(two)"
        }
    }
}

extension FigureNames {
    /// Whether less of it is better: times that the target took, losses, error rates.
    static func isBetterWhenLower(_ figure: DrillFigure) -> Bool {
        let name = figure.name
        if name == "drill.duration" || name.hasPrefix("ledger.") { return false }
        let isBound = name.hasSuffix("window") || name.contains("margin")
        if figure.unit == .nanoseconds { return !isBound }
        return name.hasPrefix("loss.") || name.contains("error-rate") || name.contains("lost")
            || name.contains("corrupted") || name.contains("duplicates")
    }
}
