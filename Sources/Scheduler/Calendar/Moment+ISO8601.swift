extension Moment {
    /// The moment in UTC to the second: `2026-11-21T10:15:00Z`.
    public var iso8601: String { text(in: .utc) + "Z" }

    /// What clocks of a zone show, to the second: `2026-11-21T11:15:00`.
    public func text(in zone: Zone) -> String {
        let time = zone.wallTime(at: self)
        let second = time.secondOfDay
        return "\(time.date)T" + Self.padded(second / 3600) + ":" + Self.padded(second / 60 % 60)
            + ":" + Self.padded(second % 60)
    }

    /// Reads `2026-11-21T10:15`, with seconds and `Z` or `+01:00` if wanted; a day alone is its start.
    ///
    /// - Parameter zone: whose clocks are meant where the text does not say.
    public init(iso8601 text: String, in zone: Zone) throws(ScheduleError) {
        guard let moment = Self.parse(text, zone) else {
            throw ScheduleError(
                attempted: "read the moment", object: String(text.prefix(80)),
                reason: "it is no date and time",
                remedy: "write it as 2026-11-21T10:15, 2026-11-21T10:15:00Z or 2026-11-21")
        }
        self = moment
    }

    private static func parse(_ text: String, _ zone: Zone) -> Moment? {
        let parts = text.split(
            maxSplits: 1, omittingEmptySubsequences: false,
            whereSeparator: { $0 == "T" || $0 == " " })
        guard let day = parts.first, let date = CivilDate(String(day)) else { return nil }
        guard parts.count == 2 else {
            return Moment(
                seconds: zone.firstMoment(showing: CivilTime(date: date, secondOfDay: 0)))
        }
        var clock = parts[1]
        var offset: Int64?
        if clock.hasSuffix("Z") {
            clock = clock.dropLast()
            offset = 0
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            guard let seconds = secondOfDay(clock[clock.index(after: sign)...]) else { return nil }
            offset = Int64(clock[sign] == "-" ? -seconds : seconds)
            clock = clock[..<sign]
        }
        guard let second = secondOfDay(clock) else { return nil }
        let time = CivilTime(date: date, secondOfDay: second)
        return Moment(
            seconds: offset.map { time.wallSeconds - $0 } ?? zone.firstMoment(showing: time))
    }

    private static func secondOfDay(_ text: Substring) -> Int? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = fields.compactMap { $0.count == 2 ? CivilDate.number($0) : nil }
        guard (2...3).contains(fields.count), numbers.count == fields.count, numbers[0] < 24,
            numbers[1] < 60, numbers.count == 2 || numbers[2] < 60
        else { return nil }
        return numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension CivilDate: CustomStringConvertible {
    /// Reads `2026-11-21`; nil when there is no such day.
    public init?(_ text: String) {
        let fields = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = fields.compactMap(Self.number)
        guard fields.map(\.count) == [4, 2, 2], numbers.count == 3,
            (1970...2200).contains(numbers[0]),
            (1...12).contains(numbers[1]),
            (1...Self.days(inMonth: numbers[1], of: numbers[0])).contains(numbers[2])
        else { return nil }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// The date as ISO 8601 writes it: `2026-11-21`.
    public var description: String {
        let pad = { (value: Int, width: Int) in
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }
}
