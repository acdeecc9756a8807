/// How far values lie apart.
enum Dispersion {
    /// The standard deviation divided by the mean; nil for fewer than two values or a mean of 0.
    static func coefficientOfVariation(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        guard mean > 0 else { return nil }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / (count - 1)).squareRoot() / mean
    }
}
