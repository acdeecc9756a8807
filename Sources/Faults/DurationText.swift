/// A duration in the units of a playbook: `100 ms`, `2.5 s`.
struct DurationText: CustomStringConvertible {
    let description: String

    init(_ duration: Duration) {
        self.init(
            seconds: Double(duration.components.seconds)
                + Double(duration.components.attoseconds) * 1e-18)
    }

    init(nanoseconds: Double) {
        self.init(seconds: nanoseconds / 1e9)
    }

    private init(seconds: Double) {
        let size = seconds.magnitude
        if size >= 1 {
            description = Self.short(seconds) + " s"
        } else if size >= 1e-3 || size == 0 {
            description = Self.short(seconds * 1e3) + " ms"
        } else {
            description = Self.short(seconds * 1e6) + " µs"
        }
    }

    /// At most two decimals, none that say nothing.
    static func number(_ value: Double) -> String { short(value) }

    private static func short(_ value: Double) -> String {
        let hundredths = (value * 100).rounded() / 100
        return hundredths == hundredths.rounded() ? String(Int(hundredths)) : String(hundredths)
    }
}
