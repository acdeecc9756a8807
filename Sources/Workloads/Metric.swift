import Playbooks

/// A measured quantity of the workload, by the name that playbooks use.
enum Metric: String, CaseIterable, Sendable {
    case enqueueP50 = "enqueue.p50"
    case enqueueP99 = "enqueue.p99"
    case enqueueErrorRate = "enqueue.error_rate"
    case enqueueRate = "enqueue.rate"
    case deliveryRate = "delivery.rate"
    case deliveryP99 = "delivery.p99"

    /// Whether its samples count by the intended times of the schedule.
    var isOfIntended: Bool {
        switch self {
        case .enqueueP50, .enqueueP99, .enqueueErrorRate: true
        case .enqueueRate, .deliveryRate, .deliveryP99: false
        }
    }

    var type: ParameterType {
        switch self {
        case .enqueueP50, .enqueueP99, .deliveryP99: .duration
        case .enqueueErrorRate: .ratio
        case .enqueueRate, .deliveryRate: .rate
        }
    }

    var summary: String {
        switch self {
        case .enqueueP50:
            "Median time from the intended send time of a message to its acknowledgement."
        case .enqueueP99:
            "99th percentile of the time from the intended send time of a message to its "
                + "acknowledgement."
        case .enqueueErrorRate:
            "Share of messages that were not acknowledged, those open past the timeout included."
        case .enqueueRate: "Messages acknowledged a second."
        case .deliveryRate: "Messages delivered to consumers a second."
        case .deliveryP99:
            "99th percentile of the time from the acknowledgement of a message to its first "
                + "delivery."
        }
    }
}
