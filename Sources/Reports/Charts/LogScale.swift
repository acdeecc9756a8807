import Glibc

/// A scale whose equal steps are equal factors; values outside the domain are clamped.
struct LogScale: Sendable {
    private let linear: LinearScale
    /// The powers of ten within the domain.
    let decades: [Double]

    /// `domain` is positive.
    init(domain: ClosedRange<Double>, start: Double, end: Double) {
        let lower = log10(domain.lowerBound)
        let upper = max(lower + 1e-6, log10(domain.upperBound))
        linear = LinearScale(domain: lower...upper, start: start, end: end)
        let first = Int((lower - 1e-9).rounded(.up))
        let last = max(first, Int((upper + 1e-9).rounded(.down)))
        decades = (first...last).map { pow(10, Double($0)) }
    }

    /// Widens a range of positive values to whole decades.
    static func decades(around values: ClosedRange<Double>) -> ClosedRange<Double> {
        let lower = pow(10, log10(values.lowerBound).rounded(.down))
        let upper = pow(10, log10(values.upperBound).rounded(.up))
        return lower...max(upper, lower * 10)
    }

    func callAsFunction(_ value: Double) -> Double {
        linear(log10(max(value, 1e-9)))
    }
}

/// Round numbers for axes.
enum Ticks {
    /// The smallest of a few round numbers times a power of ten that is not below `value`.
    static func ceiling(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, log10(value).rounded(.down))
        let factors = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]
        return (factors.first { $0 * power >= value * (1 - 1e-9) } ?? 10) * power
    }

    /// Round steps of time from zero, at most `limit` of them.
    static func times(until end: Double, limit: Int) -> [Double] {
        let steps: [Double] = [
            0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
            3600, 7200, 14_400, 21_600, 43_200, 86_400,
        ]
        guard end > 0, limit > 0 else { return [0] }
        let step = steps.first { end / $0 <= Double(limit) } ?? end / Double(limit)
        return (0...Int(end / step)).map { Double($0) * step }
    }

    /// `30 s`, or `2:30` where the axis is longer than two minutes.
    static func label(_ seconds: Double, end: Double) -> String {
        guard end >= 120 else { return "\(Format.significant(seconds)) s" }
        let whole = Int(seconds.rounded())
        let rest = whole % 60
        let minutes = whole / 60 % 60
        let tail = (rest < 10 ? "0" : "") + String(rest)
        guard whole >= 3600 else { return "\(minutes):\(tail)" }
        return "\(whole / 3600):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
    }
}
