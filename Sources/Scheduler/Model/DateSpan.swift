/// Days of the calendar on which no drill runs: `2026-12-24` or `2026-12-24..2027-01-02`.
public struct DateSpan: Hashable, Sendable, CustomStringConvertible {
    public var first: CivilDate
    /// Included.
    public var last: CivilDate

    /// Reads one day, or two with `..` between them; throws ``ScheduleError`` for anything else.
    public init(_ text: String) throws(ScheduleError) {
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let first = CivilDate(String(ends[0])),
            let last = CivilDate(String(ends[ends.count - 1])), first <= last
        else {
            throw ScheduleError(
                attempted: "read the days", object: String(text.prefix(80)),
                reason: "they are no days of the calendar, first and last",
                remedy: "write them as 2026-12-24 or 2026-12-24..2027-01-02")
        }
        (self.first, self.last) = (first, last)
    }

    /// Whether a day is among them.
    public func contains(_ date: CivilDate) -> Bool { first <= date && date <= last }

    public var description: String { first == last ? "\(first)" : "\(first)..\(last)" }
}

extension DateSpan: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
