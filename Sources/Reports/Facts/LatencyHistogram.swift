/// Counts of latencies in buckets whose relative width is bounded, as HdrHistogram's are.
///
/// A bucket is at most 2^-`precision` of its value wide; values start at 1,024 ns.
struct LatencyHistogram: Sendable {
    private let precision: Int
    private var counts: [UInt32] = []
    private(set) var total = 0
    private(set) var maximum: Int64 = 0

    init(precision: Int) {
        self.precision = precision
    }

    mutating func record(_ nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        let bucket = bucket(of: UInt64(value) >> 10)
        if bucket >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket + 1 - counts.count))
        }
        counts[bucket] += 1
        total += 1
        maximum = max(maximum, value)
    }

    /// The value in nanoseconds below which a share `fraction` of the values lies; nil when empty.
    func quantile(_ fraction: Double) -> Double? {
        guard total > 0 else { return nil }
        guard fraction < 1 else { return Double(maximum) }
        let wanted = max(1, Int((fraction * Double(total)).rounded(.up)))
        var seen = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += Int(count)
            if seen >= wanted { return min(middle(of: bucket), Double(maximum)) }
        }
        return Double(maximum)
    }

    private func bucket(of units: UInt64) -> Int {
        let width = 64 - units.leadingZeroBitCount
        guard width > precision + 1 else { return Int(units) }
        let shift = width - precision - 1
        return (shift << precision) + Int(units >> UInt64(shift))
    }

    private func middle(of bucket: Int) -> Double {
        let half = 1 << precision
        guard bucket >= 2 * half else { return (Double(bucket) + 0.5) * 1024 }
        let shift = bucket / half - 1
        let lower = Double(bucket - shift * half) * Double(UInt64(1) << UInt64(shift))
        let size = Double(UInt64(1) << UInt64(shift))
        return (lower + size / 2) * 1024
    }
}
