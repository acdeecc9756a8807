extension Answer {
    /// What an attempt without an answer came to.
    init(_ failure: ExchangeFailure) {
        let answer = failure.reason.rawValue
        switch failure.delivery {
        case .notSent:
            self = .failed(
                answer: answer, redirect: nil, retryAfter: nil,
                isFinal: failure.reason == .invalidRequest)
        case .unknown: self = .indeterminate(answer: answer)
        }
    }
}
