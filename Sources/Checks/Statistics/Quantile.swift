/// Quantiles of measured values.
enum Quantile {
    /// The nearest-rank quantile: the smallest value that at least `q` of the values do not exceed.
    static func nearestRank(_ q: Double, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((q * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// The median; the mean of the middle two for an even number of values.
    static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The median absolute deviation from the median, not scaled.
    static func medianAbsoluteDeviation(_ values: [Double]) -> Double? {
        guard let center = median(values) else { return nil }
        return median(values.map { abs($0 - center) })
    }

    /// A confidence interval of a quantile by order statistics.
    ///
    /// A bound is nil when the values are too few for it.
    ///
    /// The number of values below the quantile is binomial; its normal approximation gives the
    /// ranks (Conover, "Practical Nonparametric Statistics", 3.2). Without assumptions on the
    /// values' distribution, but for their independence.
    static func interval(_ q: Double, of sorted: [Double], deviations z: Double = 1.96)
        -> (lower: Double?, upper: Double?)
    {
        let count = Double(sorted.count)
        let spread = z * (count * q * (1 - q)).squareRoot()
        let lower = Int((count * q - spread).rounded(.down))
        let upper = Int((count * q + spread).rounded(.up)) + 1
        return (
            lower >= 1 && lower <= sorted.count ? sorted[lower - 1] : nil,
            upper >= 1 && upper <= sorted.count ? sorted[upper - 1] : nil
        )
    }
}
