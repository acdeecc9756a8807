import Playbooks
import Records

/// One measured wait before a retry, with what it may be wrong by.
struct RetryGap: Equatable {
    /// Which retry it precedes, counted from 0.
    var retry: Int
    /// The wait as measured.
    var seconds: Double
    /// How much longer the true wait may have been.
    var early: Double
    /// How much shorter the true wait may have been.
    var late: Double
    var message: MessageIdentifier
}

/// What was read of retries: the gaps, and what stands beside them.
struct RetryReading {
    var gaps: [RetryGap] = []
    /// Gaps that say nothing of the policy, by the reason.
    var excluded: [String: Int] = [:]
    /// The most attempts, or deliveries, of one judged message.
    var mostAttempts = 0
    /// Messages with more attempts than the policy allows.
    var overAttempts = 0
    /// Messages that were given up before the policy's last attempt.
    var givenUp = 0
    /// Messages whose number of attempts can be judged.
    var judgedMessages = 0
    /// What breaks the policy beside the gaps, one sentence each.
    var breaches: [String] = []
    var figures: [Figure] = []
    /// More lines for the details.
    var notes: [String] = []

    mutating func exclude(_ reason: String) { excluded[reason, default: 0] += 1 }
}

extension RetryPolicy {
    /// The envelope before a retry in seconds.
    func envelopeSeconds(_ retry: Int) -> Double { envelope(beforeRetry: retry).seconds }

    /// The shortest wait that the jitter can draw.
    func shortest(_ retry: Int) -> Double {
        switch jitter {
        case .none: envelopeSeconds(retry)
        case .equal: envelopeSeconds(retry) / 2
        case .full: 0
        }
    }

    /// The median of the waits that the jitter draws.
    func medianWait(_ retry: Int) -> Double {
        (shortest(retry) + envelopeSeconds(retry)) / 2
    }

    /// `exponential from 100 ms by 2 up to 2.00 s with full jitter`.
    var words: String {
        let kind = factor == 1 ? "fixed " : "exponential from "
        let growth =
            factor == 1
            ? "" : " by \(Wording.fixed(factor, digits: 1)) up to \(Wording.span(cap))"
        let jitterWords = jitter == .none ? "without jitter" : "with \(jitter.rawValue) jitter"
        return "\(kind)\(Wording.span(first))\(growth) \(jitterWords)"
    }
}
