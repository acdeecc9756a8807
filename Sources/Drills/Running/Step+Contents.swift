import Playbooks

extension Step {
    /// Whether the step, and every step inside it, puts nothing into the system.
    var isHarmless: Bool {
        switch self {
        case .fault: false
        case .wait, .probe: true
        case .parallel(let steps): steps.allSatisfy(\.isHarmless)
        }
    }

    /// The probes that are asked once.
    var singleProbes: [ProbeStep] {
        switch self {
        case .probe(let step): step.every == nil ? [step] : []
        case .fault, .wait: []
        case .parallel(let steps): steps.flatMap(\.singleProbes)
        }
    }
}
