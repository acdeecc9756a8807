/// What Redis's answers mean for the ledger.
enum RedisAnswers {
    /// Error codes that say "not now": the command was not carried out and may be later.
    ///
    /// Source: the error table of Redis 7, server.c createSharedObjects.
    static let passing: Set<String> = [
        "MISCONF", "LOADING", "READONLY", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "OOM",
        "TRYAGAIN",
    ]

    /// Turns an answer into one for the ledger; `read` returns nil when the value is not of the
    /// type that the command answers.
    static func answer<Value: Sendable>(
        _ result: Result<RESPValue, ExchangeFailure>, read: (RESPValue) -> Answer<Value>?
    ) -> Answer<Value> {
        switch result {
        case .failure(let failure): return Answer(failure)
        case .success(.error(let code, _)):
            let isPassing = passing.contains(code)
            return .failed(
                answer: isPassing ? code : "error", redirect: nil, retryAfter: nil,
                isFinal: !isPassing)
        case .success(let value):
            return read(value) ?? .indeterminate(answer: "unexpected answer")
        }
    }
}
