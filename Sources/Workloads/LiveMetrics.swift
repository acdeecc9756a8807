public import Playbooks
public import Records
import Synchronization

/// The workload's figures while it runs, in buckets of a quarter of a second over ten minutes.
///
/// Enqueues count in the bucket of their *intended* time, so that a window holds exactly what its
/// users wanted in it and a stall shows in the window it began in. While an enqueue is open it
/// counts with the time it has taken so far, and as an error once that is longer than the timeout:
/// a service that answers nothing looks bad at once, not when the last retry has ended. Its own
/// outcome replaces that when it comes. Rates and deliveries count in the bucket in which they
/// ended.
public final class LiveMetrics: OperationRecorder {
    /// The metrics that playbooks may name.
    ///
    /// The values of ``value(of:over:at:)`` are nanoseconds for durations, 0 to 1 for ratios, and
    /// events a second for rates.
    public static let declarations = Metric.allCases.map {
        MetricDeclaration($0.rawValue, $0.type, $0.summary)
    }

    /// The fewest samples from which a quantile or a ratio is told.
    public static let minimumSamples = 10

    private let timeout: Nanoseconds
    private let state = Mutex(State())

    /// Metrics of a workload whose attempts may take `timeout`.
    public init(timeout: Duration) {
        self.timeout = Nanoseconds(timeout)
    }

    public func began(_ message: MessageIdentifier, intended: DrillTime) {
        state.withLock { state in
            state.totals.begun += 1
            state.ring.update(at: intended) { $0.open += 1 }
        }
    }

    public func record(_ operation: Operation) {
        switch operation.kind {
        case .enqueue: state.withLock { $0.recordEnqueue(operation, timeout: timeout) }
        case .reserve: state.withLock { $0.recordReserve(operation) }
        case .acknowledge, .refuse: break
        }
    }

    /// A metric over the span before `time`; nil for an unknown name or too few samples.
    ///
    /// A slow workload sends too few messages in a short span: for the latencies and the error rate
    /// of enqueues the span is then doubled, up to eightfold. That cannot hide an outage, because
    /// enqueues count by their intended times and those never pause.
    public func value(of metric: String, over span: Duration, at time: DrillTime) -> Double? {
        guard let metric = Metric(rawValue: metric) else { return nil }
        for factor in metric.isOfIntended ? [1, 2, 4, 8] : [1] {
            let window = state.withLock {
                $0.ring.window(over: span * factor, at: time, timeout: timeout)
            }
            if let value = window.value(of: metric, minimumSamples: Self.minimumSamples) {
                return value
            }
        }
        return nil
    }

    /// The figures of the progress line: totals, and the state of the two seconds before `time`.
    public func snapshot(at time: DrillTime) -> WorkloadSnapshot {
        let (totals, waiting, window) = state.withLock { state in
            (
                state.totals, state.pairs.waiting,
                state.ring.window(over: .seconds(2), at: time, timeout: timeout)
            )
        }
        return WorkloadSnapshot(
            sent: totals.begun, acknowledged: totals.acknowledged, delivered: totals.delivered,
            waiting: waiting, inFlight: totals.begun - totals.finished,
            saturated: totals.saturated,
            enqueueP99: window.value(of: .enqueueP99, minimumSamples: Self.minimumSamples)
                .map { Nanoseconds(Int64($0)) },
            errorRate: window.value(of: .enqueueErrorRate, minimumSamples: Self.minimumSamples)
                .map(Ratio.init),
            lateness: Nanoseconds(totals.lateness))
    }

    private struct Totals {
        var begun = 0
        var finished = 0
        var acknowledged = 0
        var delivered = 0
        var saturated = 0
        var lateness: Int64 = 0
    }

    private struct State {
        var totals = Totals()
        var ring = MetricRing()
        var pairs = DeliveryPairs()

        mutating func recordEnqueue(_ operation: Operation, timeout: Nanoseconds) {
            if operation.isSaturated {
                totals.saturated += 1
            } else {
                totals.finished += 1
                let started = operation.attempts.first?.started ?? operation.intended
                totals.lateness = max(totals.lateness, (started - operation.intended).count)
            }
            ring.update(at: operation.intended) { $0.close(operation, timeout: timeout) }
            guard operation.outcome == .ok else { return }
            totals.acknowledged += 1
            ring.update(at: operation.ended) { $0.acknowledged += 1 }
            guard let message = operation.message else { return }
            if let delivered = pairs.acknowledge(message, at: operation.ended) {
                ring.update(at: delivered) { $0.recordDelivery(after: Nanoseconds(0)) }
            }
        }

        mutating func recordReserve(_ operation: Operation) {
            guard operation.outcome == .ok, let message = operation.message,
                operation.intact == true
            else { return }
            totals.delivered += 1
            ring.update(at: operation.ended) { $0.delivered += 1 }
            // The age of a redelivered message is that of the redelivery policy, not the queue's.
            guard (operation.delivery ?? 0) == 0 else { return }
            if let acknowledged = pairs.deliver(message, at: operation.ended) {
                ring.update(at: operation.ended) {
                    $0.recordDelivery(after: operation.ended - acknowledged)
                }
            }
        }
    }
}

/// The workload at one moment, for a progress line.
public struct WorkloadSnapshot: Sendable, Equatable {
    public var sent: Int
    public var acknowledged: Int
    /// Deliveries, redeliveries included.
    public var delivered: Int
    /// Acknowledged messages that were not delivered so far: the queue's lag.
    public var waiting: Int
    public var inFlight: Int
    /// Messages that were never sent because too many were in flight.
    public var saturated: Int
    /// From the intended send time; nil when too few were sent in the last two seconds.
    public var enqueueP99: Nanoseconds?
    public var errorRate: Ratio?
    /// The longest that a first attempt began after its intended time: the generator's own delay.
    public var lateness: Nanoseconds
}
