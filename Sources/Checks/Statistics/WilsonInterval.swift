/// The Wilson score interval of a share.
///
/// It stays within 0 and 1 and is sound for shares near 0, which the interval of the textbooks is
/// not (Wilson, "Probable Inference", JASA 1927).
struct WilsonInterval: Equatable {
    let lower: Double
    let upper: Double

    /// Makes the interval of `successes` out of `trials`, or all of 0 to 1 without trials.
    ///
    /// 1.96 deviations leave 5 % out on both sides together, 1.645 on the one side alone.
    init(successes: Int, trials: Int, deviations z: Double = 1.96) {
        guard trials > 0 else {
            (lower, upper) = (0, 1)
            return
        }
        let count = Double(trials)
        let share = Double(successes) / count
        let scale = 1 + z * z / count
        let center = (share + z * z / (2 * count)) / scale
        let half =
            z / scale * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
        lower = max(0, center - half)
        upper = min(1, center + half)
    }
}
