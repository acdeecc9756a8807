import Playbooks

extension Arguments {
    /// A duration of at most a hundred days, so that sums of times cannot overflow.
    func boundedDuration(_ name: String) -> Duration? {
        duration(name).map { min(max($0, .zero), .seconds(100 * 86_400)) }
    }
}
