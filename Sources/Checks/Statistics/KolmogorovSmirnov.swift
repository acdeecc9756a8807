#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The one-sample Kolmogorov-Smirnov test against the uniform distribution on 0 to 1.
enum KolmogorovSmirnov {
    /// The largest distance between the values' distribution and the uniform one.
    ///
    /// Measured values are the true ones plus an unknown error from `-early` to `late`. A distance
    /// that such errors explain is not counted, so that a transmission time is not taken for a wrong
    /// distribution.
    static func distance(_ values: [Double], early: Double = 0, late: Double = 0) -> Double {
        guard !values.isEmpty else { return 0 }
        func uniform(_ x: Double) -> Double { min(max(x, 0), 1) }
        let count = Double(values.count)
        var largest = 0.0
        for (index, value) in values.sorted().enumerated() {
            let above = Double(index + 1) / count - uniform(value + early)
            let below = uniform(value - late) - Double(index) / count
            largest = max(largest, above, below)
        }
        return largest
    }

    /// The probability of such a distance, or a larger one, when the values are uniform.
    ///
    /// The asymptotic distribution with Stephens' correction for small samples (Press et al.,
    /// "Numerical Recipes", 14.3).
    static func probability(ofDistance distance: Double, count: Int) -> Double {
        guard count > 0, distance > 0 else { return 1 }
        let root = Double(count).squareRoot()
        let lambda = (root + 0.12 + 0.11 / root) * distance
        guard lambda > 0.2 else { return 1 }
        var sum = 0.0
        for term in 1...100 {
            let index = Double(term)
            let part = exp(-2 * lambda * lambda * index * index)
            sum += term.isMultiple(of: 2) ? -part : part
            if part < 1e-12 { break }
        }
        return min(max(2 * sum, 0), 1)
    }
}
