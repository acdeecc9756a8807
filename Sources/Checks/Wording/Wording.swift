import Playbooks
import Records

/// How the sentences of checks write numbers.
enum Wording {
    /// Writes `8012` as `8,012`.
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// Writes a count with its noun: `1 message`, `3 messages`.
    static func count(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// Writes a span in the unit that suits it: `45 ms`, `1.23 s`.
    static func span(_ span: Nanoseconds) -> String {
        let magnitude = span.count.magnitude
        let value = Double(span.count)
        return switch magnitude {
        case 0: "0 s"
        case ..<1_000: "\(span.count) ns"
        case ..<1_000_000: "\(fixed(value / 1e3, digits: 0)) µs"
        case ..<10_000_000: "\(fixed(value / 1e6, digits: 1)) ms"
        case ..<1_000_000_000: "\(fixed(value / 1e6, digits: 0)) ms"
        default: "\(fixed(value / 1e9, digits: 2)) s"
        }
    }

    static func span(_ duration: Duration) -> String {
        span(Nanoseconds(duration.nanoseconds))
    }

    static func span(seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e9 else { return "\(seconds) s" }
        return span(Nanoseconds(Int64(seconds * 1e9)))
    }

    /// Writes a moment of the drill: `12.031 s`.
    static func moment(_ time: DrillTime) -> String {
        "\(fixed(time.seconds, digits: 3)) s"
    }

    /// Writes a share in percent, with as many digits as tell it from zero: `0.12 %`.
    static func percent(_ fraction: Double) -> String {
        let percent = fraction * 100
        let digits =
            switch abs(percent) {
            case 0: 0
            case ..<0.1: 3
            case ..<10: 2
            default: 1
            }
        return "\(fixed(percent, digits: digits)) %"
    }

    static func rate(_ perSecond: Double) -> String {
        "\(fixed(perSecond, digits: perSecond < 10 ? 1 : 0))/s"
    }

    /// Writes a number with a fixed number of digits after the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e14 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = scaled / Int64(scale)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let rest = String(scaled % Int64(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
    }

    /// Joins names as people do: `a`, `a and b`, `a, b and c`.
    static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    /// Begins a sentence with a capital letter.
    static func capitalized(_ sentence: String) -> String {
        sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    /// Makes a sentence part of a longer one.
    static func withoutStop(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
}
