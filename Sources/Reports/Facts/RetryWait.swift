import Records

/// A client's wait before a retry.
struct RetryWait: Sendable, Equatable {
    /// The retry's number, from 0, as the policy counts.
    let retry: Int
    /// The place of the attempt that it led to.
    let attempt: Int
    let length: Nanoseconds
}

extension Records.Operation {
    /// The waits before retries; a redirect is followed at once to another node and is no retry.
    var retryWaits: [RetryWait] {
        var waits: [RetryWait] = []
        for (index, (attempt, next)) in zip(attempts, attempts.dropFirst()).enumerated()
        where attempt.redirect == nil {
            waits.append(
                RetryWait(
                    retry: waits.count, attempt: index + 1, length: next.started - attempt.ended))
        }
        return waits
    }
}
