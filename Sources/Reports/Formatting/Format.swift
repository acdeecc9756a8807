public import Records

/// Numbers as people read them in a report: three significant digits and a unit.
public enum Format {
    /// `312 ms`, `1.84 s`, `2 min 3 s`.
    public static func duration(_ nanoseconds: Double) -> String {
        guard nanoseconds.isFinite else { return "unbounded" }
        let size = abs(nanoseconds)
        let sign = nanoseconds < 0 ? "−" : ""
        switch size {
        case ..<1: return "0 s"
        case ..<999.5: return "\(sign)\(significant(size)) ns"
        case ..<999_500: return "\(sign)\(significant(size / 1e3)) µs"
        case ..<999_500_000: return "\(sign)\(significant(size / 1e6)) ms"
        case ..<59_950_000_000: return "\(sign)\(significant(size / 1e9)) s"
        default:
            let seconds = Int64((size / 1e9).rounded())
            guard seconds >= 3600 else { return "\(sign)\(parts(seconds, 60, "min", "s"))" }
            return "\(sign)\(parts(seconds / 60, 60, "h", "min"))"
        }
    }

    /// `312 ms`, `1.84 s`, `2 min 3 s`.
    public static func duration(_ span: Nanoseconds) -> String { duration(Double(span.count)) }

    private static func parts(
        _ value: Int64, _ base: Int64, _ large: String, _ small: String
    ) -> String {
        let rest = value % base
        return rest == 0
            ? "\(value / base) \(large)" : "\(value / base) \(large) \(rest) \(small)"
    }

    /// `64 KiB`, `1.5 GiB`; binary prefixes of IEC 80000-13.
    public static func bytes(_ value: Double) -> String {
        scaled(value, by: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
    }

    /// `100 kB`, `1.5 GB`; decimal prefixes.
    public static func decimalBytes(_ value: Double) -> String {
        scaled(value, by: 1000, ["B", "kB", "MB", "GB", "TB", "PB"])
    }

    private static func scaled(_ value: Double, by base: Double, _ units: [String]) -> String {
        var scaled = value
        var index = 0
        while abs(scaled) >= base, index < units.count - 1 {
            scaled /= base
            index += 1
        }
        return "\(significant(scaled)) \(units[index])"
    }

    /// `22,871`.
    public static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "−" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `0.1 %`.
    public static func percent(_ fraction: Double) -> String { "\(significant(fraction * 100)) %" }

    /// `400/s`.
    public static func rate(_ perSecond: Double) -> String { "\(significant(perSecond))/s" }

    /// Three significant digits, without zeros at the end; whole numbers keep all of theirs.
    public static func significant(_ value: Double) -> String {
        let size = abs(value)
        if size >= 99.95 {
            guard size < 1e15 else { return "\(value)" }
            return count(Int(value.rounded()))
        }
        if size >= 9.995 { return trimmed(decimal(value, digits: 1)) }
        if size >= 0.0095 || size == 0 { return trimmed(decimal(value, digits: 2)) }
        return trimmed(decimal(value, digits: 4))
    }

    /// A fixed number of digits after the point, rounded half away from zero.
    public static func decimal(_ value: Double, digits: Int) -> String {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        let scaled = (value * factor).rounded()
        guard scaled.isFinite, abs(scaled) < 9e17 else { return "\(value)" }
        let magnitude = String(Int64(abs(scaled)))
        let sign = scaled < 0 ? "−" : ""
        guard digits > 0 else { return sign + magnitude }
        let padded = String(repeating: "0", count: max(0, digits + 1 - magnitude.count)) + magnitude
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }

    /// A coordinate of SVG: one digit after the point, an ASCII minus, never an exponent.
    public static func coordinate(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        guard tenths.isFinite, abs(tenths) < 1e9 else { return "0" }
        let number = Int(tenths)
        let text = String(number.magnitude / 10)
        let rest = number.magnitude % 10
        return (number < 0 ? "-" : "") + text + (rest == 0 ? "" : ".\(rest)")
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var result = Substring(text)
        while result.hasSuffix("0") { result = result.dropLast() }
        if result.hasSuffix(".") { result = result.dropLast() }
        return String(result)
    }

    /// `1 node`, `3 nodes`.
    public static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }
}

extension Figure {
    /// The value with its unit, or the words that stand for it.
    ///
    /// An interval stands behind it with its level: `102 ms (95 %: 101 ms to 103 ms)`.
    public var formatted: String {
        let words = text ?? Figure.format(value, unit)
        guard let interval else { return words }
        return words + " (\(Format.percent(interval.level)): "
            + "\(Figure.format(interval.lower, unit)) to \(Figure.format(interval.upper, unit)))"
    }

    /// The bound with its unit; nil when there is none.
    public var formattedLimit: String? {
        limit.map { Figure.format($0, unit) }
    }

    /// A value with its unit, as reports print it.
    public static func format(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .nanoseconds: Format.duration(value)
        case .bytes: Format.bytes(value)
        case .decimalBytes: Format.decimalBytes(value)
        case .perSecond: Format.rate(value)
        case .ratio: Format.percent(value)
        case .count, .none: Format.significant(value)
        }
    }
}
