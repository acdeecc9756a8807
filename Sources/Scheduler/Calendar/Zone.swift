import Foundation

/// A time zone of the tz database, such as `Europe/Berlin`: what its clocks show when.
public struct Zone: Hashable, Sendable {
    /// As the tz database calls it.
    public let name: String
    private let rules: TimeZone

    public static let utc = Zone(name: "UTC", rules: .gmt)

    /// The names that ``init(_:)`` takes, in alphabetical order.
    public static var names: [String] {
        ["UTC"] + TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }.sorted()
    }

    /// Finds a zone; throws ``ScheduleError`` when there is none of that name.
    public init(_ name: String) throws(ScheduleError) {
        if name == "UTC" {
            self = .utc
            return
        }
        // Abbreviations would be accepted as well: "CST" names three different zones.
        guard name.contains("/"), let rules = TimeZone(identifier: name) else {
            throw ScheduleError(
                attempted: "use the time zone", object: name,
                reason: "the tz database has no zone of that name",
                remedy: "write it as Europe/Berlin, or UTC")
        }
        self.init(name: name, rules: rules)
    }

    private init(name: String, rules: TimeZone) {
        self.name = name
        self.rules = rules
    }

    /// By how many seconds clocks are ahead of UTC at a moment, given in seconds since 1970.
    public func offset(at seconds: Int64) -> Int64 {
        Int64(rules.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }

    /// What clocks show at a moment.
    public func wallTime(at moment: Moment) -> CivilTime {
        CivilTime(wallSeconds: moment.seconds + offset(at: moment.seconds))
    }

    /// The moment at which clocks first show `time`, in seconds since 1970.
    ///
    /// Where clocks are put forward past it, it is the first moment after the gap; where they are
    /// put back and show it twice, it is the first of the two.
    public func firstMoment(showing time: CivilTime) -> Int64 {
        let wall = time.wallSeconds
        // No zone is further from UTC than 26 hours in sum, nor changes twice within two days.
        let before = wall - 36 * 3600
        let after = wall + 36 * 3600
        let candidates = [wall - offset(at: before), wall - offset(at: after)]
        let shown = candidates.filter { $0 + offset(at: $0) == wall }
        if let first = shown.min() { return first }
        return firstChange(after: before, upTo: after) ?? candidates[0]
    }

    /// The first moment in (`start`, `end`] from which clocks have another offset than at `start`.
    ///
    /// Two changes that undo each other within a week are not seen; the tz database has none.
    func firstChange(after start: Int64, upTo end: Int64) -> Int64? {
        let before = offset(at: start)
        var low = start
        while low < end {
            var high = min(low + 7 * 86_400, end)
            guard offset(at: high) != before else {
                low = high
                continue
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if offset(at: middle) == before { low = middle } else { high = middle }
            }
            return high
        }
        return nil
    }

    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Zone: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
