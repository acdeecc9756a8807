#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The one-sample Kolmogorov-Smirnov test against the uniform distribution on 0 to 1.
enum KolmogorovSmirnov {
    /// The largest distance between the values' distribution and the uniform one.
    static func distance(_ values: [Double]) -> Double {
        distance(lowest: values, highest: values)
    }

    /// The distance that is left when every value may be anywhere between its two bounds.
    ///
    /// The true distribution lies between those of the highest and of the lowest values. Only what
    /// leaves that band counts, so that a transmission time is not taken for a wrong distribution.
    static func distance(lowest: [Double], highest: [Double]) -> Double {
        guard !lowest.isEmpty, lowest.count == highest.count else { return 0 }
        func uniform(_ x: Double) -> Double { min(max(x, 0), 1) }
        let count = Double(lowest.count)
        var largest = 0.0
        for (index, value) in highest.sorted().enumerated() {
            largest = max(largest, Double(index + 1) / count - uniform(value))
        }
        for (index, value) in lowest.sorted().enumerated() {
            largest = max(largest, uniform(value) - Double(index) / count)
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
