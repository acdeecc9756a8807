import FoundationEssentials

/// What the embedded service's answers mean for the ledger.
enum ReferenceAnswers {
    /// A problem document (RFC 9457), as far as a client needs it.
    private struct Problem: Decodable {
        var code: String?
        var primary: String?
    }

    /// Turns an answer into one for the ledger; `read` makes the value of a 2xx, or nil when it is
    /// not what the interface promises.
    static func answer<Value: Sendable>(
        _ result: Result<HTTPAnswer, ExchangeFailure>, read: (HTTPAnswer) -> Value?
    ) -> Answer<Value> {
        switch result {
        case .failure(let failure): return Answer(failure)
        case .success(let answer):
            guard (200..<300).contains(answer.status) else { return refusal(answer) }
            guard let value = read(answer) else {
                return .indeterminate(answer: "unexpected answer")
            }
            return .ok(value, answer: "\(answer.status)")
        }
    }

    private static func refusal<Value: Sendable>(_ answer: HTTPAnswer) -> Answer<Value> {
        let word = "\(answer.status)"
        func failed(
            redirect: String? = nil, retryAfter: Duration? = nil, isFinal: Bool = false
        ) -> Answer<Value> {
            .failed(answer: word, redirect: redirect, retryAfter: retryAfter, isFinal: isFinal)
        }
        switch answer.status {
        case 408: return .indeterminate(answer: word)
        case 409:
            // Another node is primary, or the receipt is no longer the newest one: no retry here
            // can help the latter.
            let problem = problem(answer)
            return failed(
                redirect: problem?.primary, isFinal: problem?.code == "stale-receipt")
        case 429: return failed(retryAfter: retryAfter(answer))
        case 400..<500: return failed(isFinal: true)
        case 507: return failed()
        default:
            // 503 as well: a primary that lost its lease says so also after it has committed, and
            // the commit may survive on the other node.
            return .indeterminate(answer: word)
        }
    }

    private static func problem(_ answer: HTTPAnswer) -> Problem? {
        // An answer that is no problem document names neither a code nor another node.
        try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
    }

    /// The wait in `Retry-After`, in seconds (RFC 9110, section 10.2.3); dates are not read.
    private static func retryAfter(_ answer: HTTPAnswer) -> Duration? {
        guard let seconds = answer.field("Retry-After").flatMap(Double.init),
            seconds >= 0, seconds <= 3_600
        else { return nil }
        return .seconds(seconds)
    }
}
