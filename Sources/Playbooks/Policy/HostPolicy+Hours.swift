extension HostPolicy {
    /// The lists of hours, each of which must have a span with the moment of a drill.
    var hourLists: [[DrillHours]] { ([hours] + otherHours).filter { !$0.isEmpty } }

    /// The hours for people; empty when drills may run at any time.
    public var hoursText: String {
        hourLists.map { $0.map(\.description).joined(separator: "; ") }.joined(separator: ", and ")
    }

    /// Whether drills may run at a moment of the week.
    ///
    /// - Parameters:
    ///   - day: 0 is Sunday.
    ///   - minute: minutes after midnight.
    public func isOpen(day: Int, minute: Int) -> Bool {
        hourLists.allSatisfy { list in list.contains { $0.contains(day: day, minute: minute) } }
    }

    /// How many minutes from the beginning of this one on drills may run; nil for more than a week.
    ///
    /// The clock's changes between summer and winter are not looked for.
    public func openMinutes(day: Int, minute: Int) -> Int? {
        guard !hourLists.isEmpty else { return nil }
        return (0..<7 * 24 * 60).first { later in
            let (days, time) = (minute + later).quotientAndRemainder(dividingBy: 24 * 60)
            return !isOpen(day: (day + days) % 7, minute: time)
        }
    }
}
