/// One field of a cron expression: its name, bounds, names of values, and how it is read.
struct CronField {
    let title: String
    let bounds: ClosedRange<Int>
    /// What stands for the first value, the second, and so on.
    var names: [String] = []
    /// Whether a range may go past the end and on from the start, as `FRI-MON` does.
    var wraps = false

    static let second = CronField(title: "second", bounds: 0...59)
    static let minute = CronField(title: "minute", bounds: 0...59)
    static let hour = CronField(title: "hour", bounds: 0...23)
    static let day = CronField(title: "day of month", bounds: 1...31)
    static let month = CronField(
        title: "month", bounds: 1...12,
        names: [
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ])
    /// 0 and 7 are Sunday.
    static let weekday = CronField(
        title: "day of week", bounds: 0...7,
        names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], wraps: true)

    /// The values that a field's text names, as a bit mask.
    func mask(_ text: Substring) throws(CronMistake) -> UInt64 {
        var mask: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            mask |= try maskOfPart(part)
        }
        return mask
    }

    private func maskOfPart(_ part: Substring) throws(CronMistake) -> UInt64 {
        guard !part.isEmpty else { throw mistake("has an empty entry in a list") }
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2 else { throw mistake("has more than one step in '\(part)'") }
        var step = 1
        if pieces.count == 2 {
            guard let value = Self.number(pieces[1]), value >= 1, value <= bounds.upperBound else {
                throw mistake(
                    "has the step '\(pieces[1])', which must be 1 to \(bounds.upperBound)")
            }
            step = value
        }
        var (first, last) = try range(pieces[0])
        // `5/15` means from 5 on, as in every cron that knows it.
        if pieces.count == 2, first == last, pieces[0] != "*" { last = highest }
        guard first <= last || wraps else {
            throw mistake("has the range '\(pieces[0])', which ends before it begins")
        }
        if first > last { last += 7 }
        var mask: UInt64 = 0
        for value in stride(from: first, through: last, by: step) {
            mask |= 1 << UInt64(wraps ? value % 7 : value)
        }
        return mask
    }

    private var highest: Int { wraps ? 6 : bounds.upperBound }

    private func range(_ text: Substring) throws(CronMistake) -> (Int, Int) {
        if text == "*" { return (bounds.lowerBound, highest) }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let start = ends.first else {
            throw mistake("has '\(text)', which is no range")
        }
        let first = try value(start)
        return (first, ends.count == 2 ? try value(ends[1]) : first)
    }

    private func value(_ text: Substring) throws(CronMistake) -> Int {
        if let index = names.firstIndex(of: text.uppercased()) { return bounds.lowerBound + index }
        guard let number = Self.number(text) else {
            throw mistake("has '\(text)', which is no value" + remedy(for: text))
        }
        guard bounds.contains(number) else {
            throw mistake(
                "has \(number), which must be \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// The one value that a text names, counted as the mask does.
    func single(_ text: Substring) throws(CronMistake) -> Int {
        let number = try value(text)
        return wraps ? number % 7 : number
    }

    /// What somebody may have meant who knows other crons.
    private func remedy(for text: Substring) -> String {
        if text.contains("?") { return ": write * for any" }
        if wraps, text.uppercased() == "L" { return ": the last Saturday is SATL" }
        guard text.contains(where: { "LlWw#".contains($0) }) else { return "" }
        return ": L and W are for the day of month, as L, L-3, 15W, LW, and L and # for the day of "
            + "week, as FRIL, MON#2"
    }

    /// Decimal digits and nothing else: `Int` would take a sign.
    static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private func mistake(_ reason: String) -> CronMistake {
        CronMistake(reason: "the \(title) \(reason)")
    }
}

/// Why a text is no cron expression.
struct CronMistake: Error {
    var reason: String
}
