/// The medians of values drawn again, with replacement, from a sample.
struct MedianBootstrap {
    /// One median a resample.
    let medians: [Double]

    /// Draws `resamples` times as many values as there are; empty for an empty sample.
    init(_ values: [Double], resamples: Int, generator: inout SplitMix64) {
        guard !values.isEmpty else {
            medians = []
            return
        }
        var drawn = values
        var medians: [Double] = []
        medians.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for index in drawn.indices {
                drawn[index] = values[generator.index(below: values.count)]
            }
            medians.append(Quantile.median(drawn) ?? 0)
        }
        self.medians = medians
    }

    /// The value that the difference of the medians does not exceed with a confidence of `level`.
    func upperBound(ofDifferenceTo other: MedianBootstrap, level: Double = 0.95) -> Double? {
        let differences = zip(medians, other.medians).map { $0 - $1 }.sorted()
        return Quantile.nearestRank(level, of: differences)
    }
}
