/// The shares that agree with what was counted, at 99.9 % (Wilson's score interval); pure.
struct ShareInterval: Equatable, CustomStringConvertible {
    let lower: Double
    let upper: Double

    /// The deviations of a normal law that 99.9 % lie within.
    static let deviations = 3.29
    static let level = 0.999

    /// - Parameter count: how many of `total` it was; `total` must be positive.
    /// - Parameter correlation: of each with the one before it, 0..<1: bursts tell less than as
    ///   many single losses, as if there were (1 − ρ) / (1 + ρ) as many trials.
    init(count: Int, of total: Int, correlation: Double = 0) {
        let trials = Double(total) * (1 - correlation) / (1 + correlation)
        let share = Double(count) / Double(total)
        let square = Self.deviations * Self.deviations
        let center = (share + square / (2 * trials)) / (1 + square / trials)
        let width =
            Self.deviations / (1 + square / trials)
            * (share * (1 - share) / trials + square / (4 * trials * trials)).squareRoot()
        lower = max(0, center - width)
        upper = min(1, center + width)
    }

    func contains(_ share: Double) -> Bool { share >= lower && share <= upper }

    /// `4.12 % to 5.87 %`.
    var description: String { "\(Self.percent(lower)) to \(Self.percent(upper))" }

    static func percent(_ share: Double) -> String {
        "\((share * 10_000).rounded() / 100) %"
    }
}
