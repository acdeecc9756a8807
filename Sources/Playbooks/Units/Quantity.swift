/// The parser of quantities as playbooks write them: `100 ms`, `256 MiB`, `400/s`, `0.1 %`.
///
/// A number is decimal digits with an optional fraction; the space before the unit may be left out.
/// Decimal fractions are kept exact: `0.1 ms` is 100,000 ns. Nothing here knows a line or a key; the
/// decoder puts them before the reason of a ``QuantityError``.
public enum Quantity {
    /// The longest duration that a playbook may write: a leap year.
    public static let longestDuration: Duration = .seconds(8784 * 3600)
    /// The highest rate that a playbook may write, a second.
    public static let highestRate: Double = 1e9

    static let durationUnits: [(name: String, size: Int128)] = [
        ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("min", 60_000_000_000), ("h", 3_600_000_000_000),
    ]
    static let byteUnits: [(name: String, size: Int128)] = [
        ("B", 1), ("kB", 1000), ("KiB", 1024), ("MB", 1_000_000), ("MiB", 1_048_576),
        ("GB", 1_000_000_000), ("GiB", 1_073_741_824), ("TB", 1_000_000_000_000),
        ("TiB", 1_099_511_627_776),
    ]
    static let rateUnits: [(name: String, seconds: Double)] = [
        ("/s", 1), ("/min", 60), ("/h", 3600),
    ]

    /// Reads a duration with one of the units ns, us, ms, s, min, h; it is never negative.
    public static func duration(_ text: String) throws(QuantityError) -> Duration {
        let number = try split(
            text, units: durationUnits.map(\.name), examples: ["s", "ms"])
        let unit = durationUnits.first { $0.name == number.unit }?.size ?? 1
        let count = try number.scaled(by: unit, smallest: "nanoseconds")
        guard count <= Int128(longestDuration.nanoseconds) else {
            throw QuantityError("is longer than \(longestDuration.text)")
        }
        return .nanoseconds(Int64(count))
    }

    /// Reads a number of bytes with one of the units B, kB, KiB, MB, MiB, GB, GiB, TB, TiB.
    public static func byteCount(_ text: String) throws(QuantityError) -> ByteCount {
        let number = try split(text, units: byteUnits.map(\.name), examples: ["MiB", "kB"])
        let unit = byteUnits.first { $0.name == number.unit }?.size ?? 1
        let count = try number.scaled(by: unit, smallest: "bytes")
        guard let bytes = Int64(exactly: count) else {
            throw QuantityError("is more than 64 bits can hold")
        }
        return ByteCount(bytes)
    }

    /// Reads a rate with one of the units /s, /min, /h.
    public static func rate(_ text: String) throws(QuantityError) -> Rate {
        let number = try split(text, units: rateUnits.map(\.name), examples: ["/s", "/min"])
        try number.refuseNegative()
        let seconds = rateUnits.first { $0.name == number.unit }?.seconds ?? 1
        let rate = number.value / seconds
        guard rate <= highestRate else {
            throw QuantityError("is more than \(Rate(perSecond: highestRate).text)")
        }
        return Rate(perSecond: rate)
    }

    /// Reads a share in percent, from `0 %` to `100 %`.
    public static func ratio(_ text: String) throws(QuantityError) -> Ratio {
        let number = try split(text, units: ["%"], examples: ["%"])
        try number.refuseNegative()
        guard number.value <= 100 else { throw QuantityError("is more than 100 %") }
        return .percent(number.value)
    }

    private static func split(
        _ text: String, units: [String], examples: [String]
    ) throws(QuantityError) -> DecimalNumber {
        let words = examples.map { $0.hasPrefix("/") ? $0 : " " + $0 }
        guard var number = try DecimalNumber(prefixOf: text) else {
            let sample = words.map { "'10\($0)'" }.joined(separator: " or ")
            throw QuantityError("is '\(text.shortened)', which is no quantity: write \(sample)")
        }
        guard !number.unit.isEmpty else {
            let digits = text.trimmingSpaces
            let sample = words.map { "'\(digits)\($0)'" }.joined(separator: " or ")
            throw QuantityError("needs a unit: write \(sample)")
        }
        if units.contains(number.unit) { return number }
        // `400 / s` is read as `400/s`.
        if number.unit.hasPrefix("/") { number.unit.removeAll { $0 == " " } }
        if units.contains(number.unit) { return number }
        throw QuantityError(
            "has the unit '\(number.unit.shortened)', which is none of "
                + units.joined(separator: ", "),
            suggestion: usual[number.unit.lowercased()].flatMap { units.contains($0) ? $0 : nil }
                ?? Suggestion.nearest(to: number.unit, among: units))
    }

    /// What people write for a unit that has another name here.
    private static let usual: [String: String] = [
        "m": "min", "mins": "min", "minute": "min", "minutes": "min", "sec": "s", "secs": "s",
        "second": "s", "seconds": "s", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
        "µs": "us", "μs": "us", "usec": "us", "hr": "h", "hour": "h", "hours": "h", "kb": "kB",
        "k": "KiB", "kib": "KiB", "mb": "MB", "mib": "MiB", "gb": "GB", "gib": "GiB", "g": "GiB",
        "tb": "TB", "tib": "TiB", "byte": "B", "bytes": "B", "b": "B", "/sec": "/s",
        "/second": "/s", "/m": "/min", "/minute": "/min", "/hour": "/h", "percent": "%",
        "hz": "/s", "rps": "/s",
    ]
}

/// Why a text is not the quantity that was asked for.
public struct QuantityError: Error, Equatable, CustomStringConvertible {
    /// The end of a sentence that begins with the quantity's name: `needs a unit: write '10 s'`.
    public var reason: String
    public var suggestion: String?

    init(_ reason: String, suggestion: String? = nil) {
        self.reason = reason
        self.suggestion = suggestion
    }

    public var description: String {
        suggestion.map { "\(reason); did you mean '\($0)'?" } ?? reason
    }
}
