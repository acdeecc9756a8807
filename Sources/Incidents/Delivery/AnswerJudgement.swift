import Systems

/// What an answer, or the lack of one, says of a delivery.
enum AnswerJudgement {
    /// Judges an answer by its status, and by what it asks for.
    ///
    /// GitHub answers 403 or 429 to whoever asks too much, with `Retry-After` or the second of
    /// `X-RateLimit-Reset`; Slack and GitLab answer 429 with `Retry-After` (RFC 9110, 10.2.3).
    ///
    /// - Parameter now: nanoseconds since 1970.
    static func judge(_ answer: HTTPAnswer, now: Int64) -> DeliveryResult {
        let reason = "it answered \(answer.status)\(excerpt(answer))"
        switch answer.status {
        case 200...299: return .delivered
        case 300...399:
            return .refused(reason: "\(reason); redirects are not followed: name the final URL")
        case 408, 425, 429, 500...599:
            return .postponed(reason: reason, after: requestedWait(answer, now: now))
        case 401:
            return .refused(reason: "\(reason); its token or secret is not accepted")
        case 403:
            guard
                answer.field("Retry-After") != nil
                    || answer.field("X-RateLimit-Remaining") == "0"
            else { return .refused(reason: "\(reason); its token may not do this") }
            return .postponed(reason: reason, after: requestedWait(answer, now: now))
        default: return .refused(reason: reason)
        }
    }

    /// Judges a request without an answer; everything but a mistake of ours may pass.
    static func judge(_ failure: ExchangeFailure) -> DeliveryResult {
        // The detail of a request that cannot be sent may hold what must stay secret.
        if failure.reason == .invalidRequest {
            return .refused(reason: "the request to it cannot be written: look at its URL")
        }
        return .postponed(reason: failure.reason.rawValue, after: nil)
    }

    /// How long to wait, in whole seconds or until a date; nil when it does not say.
    static func requestedWait(_ answer: HTTPAnswer, now: Int64) -> Duration? {
        if let text = answer.field("Retry-After") {
            if let seconds = Int64(text), (0...1_000_000_000).contains(seconds) {
                return .seconds(seconds)
            }
            if let date = UniversalTime.nanoseconds(ofDate: text) {
                return .nanoseconds(max(0, date - now))
            }
        }
        guard answer.field("X-RateLimit-Remaining") == "0",
            let reset = answer.field("X-RateLimit-Reset").flatMap({ Int64($0) }),
            (0...9_000_000_000).contains(reset)
        else { return nil }
        return .nanoseconds(max(0, reset * 1_000_000_000 - now))
    }

    private static func excerpt(_ answer: HTTPAnswer) -> String {
        let words = answer.text.prefix(200).split { $0.isWhitespace }.joined(separator: " ")
        return words.isEmpty ? "" : ": \(words.escaped)"
    }
}
