import Records

extension Outcome {
    /// The outcome as people read it.
    var word: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .invalid: "invalid"
        case .preconditionUnmet: "precondition unmet"
        case .inconclusive: "inconclusive"
        case .residual: "residual fault"
        case .aborted: "aborted"
        case .error: "error"
        }
    }
}
