import Histogram
import Records

/// The sum of some buckets, from which metrics are read.
struct MetricWindow: Sendable {
    let span: Nanoseconds
    private var enqueues = 0
    private var errors = 0
    private var acknowledged = 0
    private var delivered = 0
    private var enqueueLatencies: MetricBucket.Latencies?
    private var deliveryLatencies: MetricBucket.Latencies?

    init(span: Nanoseconds) {
        self.span = span
    }

    /// Adds a bucket that ended `age` ago.
    mutating func add(_ bucket: MetricBucket, age: Nanoseconds, timeout: Nanoseconds) {
        enqueues += bucket.closed
        errors += bucket.failed
        acknowledged += bucket.acknowledged
        delivered += bucket.delivered
        Self.merge(bucket.enqueueLatencies, into: &enqueueLatencies)
        Self.merge(bucket.deliveryLatencies, into: &deliveryLatencies)
        // An enqueue of the newest bucket has hardly had the time to be answered.
        guard bucket.open > 0, age >= MetricRing.width else { return }
        MetricBucket.record(age, count: bucket.open, in: &enqueueLatencies)
        if age > timeout {
            enqueues += bucket.open
            errors += bucket.open
        }
    }

    func value(of metric: Metric, minimumSamples: Int) -> Double? {
        switch metric {
        case .enqueueP50: quantile(50, of: enqueueLatencies, minimumSamples)
        case .enqueueP99: quantile(99, of: enqueueLatencies, minimumSamples)
        case .deliveryP99: quantile(99, of: deliveryLatencies, minimumSamples)
        case .enqueueErrorRate:
            enqueues < minimumSamples ? nil : Double(errors) / Double(enqueues)
        case .enqueueRate: rate(acknowledged)
        case .deliveryRate: rate(delivered)
        }
    }

    private func rate(_ count: Int) -> Double? {
        span.count > 0 ? Double(count) / span.seconds : nil
    }

    private func quantile(
        _ percentile: Double, of latencies: MetricBucket.Latencies?, _ minimumSamples: Int
    ) -> Double? {
        guard let latencies, latencies.totalCount >= UInt64(minimumSamples) else { return nil }
        return Double(latencies.valueAtPercentile(percentile))
    }

    private static func merge(
        _ part: MetricBucket.Latencies?, into whole: inout MetricBucket.Latencies?
    ) {
        guard let part else { return }
        if whole == nil {
            whole = part
        } else {
            whole?.add(part)
        }
    }
}
