import Histogram
import Playbooks
import Records

/// The buckets of the last ten minutes; what is older is forgotten.
struct MetricRing: Sendable {
    static let width = Nanoseconds(.milliseconds(250))
    static let length = 2_400

    private var buckets = [MetricBucket](repeating: MetricBucket(), count: length)

    /// The number of the bucket that `time` falls in.
    private static func number(of time: DrillTime) -> Int64 {
        time.nanoseconds / width.count
    }

    /// Changes the bucket of `time`; a time that has left the ring changes nothing.
    mutating func update(at time: DrillTime, _ change: (inout MetricBucket) -> Void) {
        guard time >= .zero else { return }
        let number = Self.number(of: time)
        let index = Int(number % Int64(Self.length))
        guard buckets[index].number <= number else { return }
        if buckets[index].number < number { buckets[index].reset(to: number) }
        change(&buckets[index])
    }

    /// Everything in the whole buckets of the span before `time`; at least one bucket.
    func window(over span: Duration, at time: DrillTime, timeout: Nanoseconds) -> MetricWindow {
        let end = Self.number(of: time)
        let wanted = (span.nanoseconds + Self.width.count - 1) / Self.width.count
        let count = min(max(1, wanted), Int64(Self.length) - 1)
        let numbers = max(0, end - count)..<max(0, end)
        var window = MetricWindow(
            span: Nanoseconds(Int64(numbers.count) * Self.width.count))
        for number in numbers {
            let bucket = buckets[Int(number % Int64(Self.length))]
            guard bucket.number == number else { continue }
            window.add(
                bucket,
                age: Nanoseconds(time.nanoseconds - (number + 1) * Self.width.count),
                timeout: timeout)
        }
        return window
    }
}

/// What happened in a quarter of a second.
struct MetricBucket: Sendable {
    /// HdrHistogram with two significant digits: values are told within 1 %.
    typealias Latencies = Histogram<UInt32>

    /// From one microsecond to 17 minutes; longer is counted as that.
    private static let range: ClosedRange<UInt64> = 1_000...1_000_000_000_000

    /// Which bucket of the drill this is; -1 before its first use.
    var number: Int64 = -1
    /// Enqueues intended here whose outcome is open.
    var open = 0
    /// Enqueues intended here whose outcome is known, and how many of them are not ok.
    var closed = 0
    var failed = 0
    var acknowledged = 0
    var delivered = 0
    /// Made when first needed, for most buckets of the ring never are.
    var enqueueLatencies: Latencies?
    var deliveryLatencies: Latencies?

    mutating func reset(to number: Int64) {
        self = MetricBucket(number: number)
    }

    /// Takes the outcome of an enqueue that was intended here.
    ///
    /// One that failed never arrived, however fast the refusal was: it counts with the timeout at
    /// least, or a service that refuses everything would look quick.
    mutating func close(_ operation: Operation, timeout: Nanoseconds) {
        if !operation.isSaturated { open = max(0, open - 1) }
        closed += 1
        let isOk = operation.outcome == .ok
        if !isOk { failed += 1 }
        Self.record(
            isOk ? operation.latency : max(operation.latency, timeout), in: &enqueueLatencies)
    }

    mutating func recordDelivery(after age: Nanoseconds) {
        Self.record(age, in: &deliveryLatencies)
    }

    static func record(_ span: Nanoseconds, count: Int = 1, in latencies: inout Latencies?) {
        let value = min(max(UInt64(max(0, span.count)), range.lowerBound), range.upperBound)
        if latencies == nil {
            latencies = Latencies(
                lowestDiscernibleValue: range.lowerBound, highestTrackableValue: range.upperBound,
                numberOfSignificantValueDigits: .two)
        }
        latencies?.record(value, count: UInt32(clamping: count))
    }
}
