import Playbooks
import Records

/// Reads the retries of producers: each failed attempt's end by the client's clock, and the next
/// attempt's start by the proxy's, which judges from outside.
struct ClientRetryReader {
    /// How much too early a wait may look: the stamps of one host, taken by different tasks.
    static let early = 0.025
    /// Answers after which a client waits as long as the service asks, whatever its policy says.
    private static let namingAWait: Set<String> = ["429", "503"]
    /// Answers after which no retry can help.
    private static let final: Set<String> = [
        "400", "401", "403", "404", "405", "413", "415", "422",
    ]
    /// How long after an attempt's end, by the client's clock, the proxy may still see it begin.
    ///
    /// It cannot see it before its start: both read the same clock.
    private static let slack = Nanoseconds(5_000_000)

    private let policy: RetryPolicy
    private let late: Double
    private let wire: [MessageIdentifier: [WireObservation]]
    private let disturbed: TimeRanges
    private var reading = RetryReading()
    private var matched = 0
    private var unmatched = 0
    private var afterFinal = 0

    static func read(_ evidence: JudgedEvidence, policy: RetryPolicy, late: Duration)
        -> RetryReading
    {
        var reader = ClientRetryReader(evidence, policy: policy, late: late)
        let operations = evidence.evidence.operations.filter { $0.kind == .enqueue }
        for operation in operations where !operation.attempts.isEmpty { reader.read(operation) }
        reader.conclude(operations, evidence)
        return reader.reading
    }

    private init(_ evidence: JudgedEvidence, policy: RetryPolicy, late: Duration) {
        self.policy = policy
        self.late = late.seconds
        wire = Dictionary(grouping: evidence.evidence.wire, by: \.message)
            .mapValues { $0.sorted { $0.time < $1.time } }
        let horizon = evidence.horizon
        disturbed = TimeRanges(
            evidence.faultWindows.filter(\.isNetwork).map { $0.range(until: horizon) })
    }

    private mutating func read(_ operation: Operation) {
        guard let message = operation.message else { return }
        let attempts = operation.attempts
        let seen = seen(of: message, during: attempts)
        let count = max(attempts.count, seen.count)
        reading.judgedMessages += 1
        reading.mostAttempts = max(reading.mostAttempts, count)
        if count > policy.attempts { reading.overAttempts += 1 }
        var retry = 0
        for (attempt, next) in zip(attempts, attempts.dropFirst()) {
            if attempt.outcome == .failed, Self.final.contains(attempt.answer) { afterFinal += 1 }
            // A redirect is followed at once: the next node is a new chance, not the same again.
            guard attempt.redirect == nil else {
                reading.exclude("followed a redirect")
                continue
            }
            defer { retry += 1 }
            if Self.namingAWait.contains(attempt.answer) {
                reading.exclude("followed an answer that may name a wait")
                continue
            }
            let start = start(of: next, seen: seen)
            reading.gaps.append(
                RetryGap(
                    retry: retry, seconds: (start - attempt.ended).seconds, early: Self.early,
                    late: late + max(0, (start - next.started).seconds), message: message))
        }
    }

    /// What the proxy saw of a message while the client tried to send it.
    private func seen(of message: MessageIdentifier, during attempts: [Attempt])
        -> [WireObservation]
    {
        guard let all = wire[message], let first = attempts.first, let last = attempts.last else {
            return []
        }
        let end = last.ended + Self.slack
        return all.filter { $0.time >= first.started && $0.time <= end }
    }

    /// When an attempt began on the wire, to which it may have been under way for a while; by the
    /// client's clock when the network was disturbed, or when the proxy did not see it.
    private mutating func start(of attempt: Attempt, seen: [WireObservation]) -> DrillTime {
        let observation = seen.first {
            $0.node == attempt.node && $0.time >= attempt.started
                && $0.time <= attempt.ended + Self.slack
        }
        guard let observation else {
            unmatched += 1
            return attempt.started
        }
        matched += 1
        return disturbed.contains(attempt.started) ? attempt.started : observation.time
    }

    private mutating func conclude(_ operations: [Operation], _ evidence: JudgedEvidence) {
        if !reading.gaps.isEmpty {
            let total = Wording.count(matched + unmatched)
            reading.notes.append(
                matched == 0
                    ? "no proxy saw the retries: the client's own record was judged"
                    : "the proxy saw \(Wording.count(matched)) of \(total) retries"
                        + (unmatched > 0 ? ", the client alone saw the others" : ""))
        }
        if afterFinal > 0 {
            reading.breaches.append(
                "\(Wording.count(afterFinal, "answer")) that no retry can mend were followed by "
                    + "another attempt")
        }
        judgeAmplification(operations, evidence)
    }

    /// Retries beside first attempts, in fault windows, and over all against the budget.
    private mutating func judgeAmplification(
        _ operations: [Operation], _ evidence: JudgedEvidence
    ) {
        let horizon = evidence.horizon
        let windows = TimeRanges(evidence.faultWindows.map { $0.range(until: horizon) })
        var retriesInWindows = 0
        var requestsInWindows = 0
        var retries = 0
        for operation in operations where !operation.attempts.isEmpty {
            retries += operation.attempts.count - 1
            if windows.contains(operation.intended) { requestsInWindows += 1 }
            retriesInWindows += operation.attempts.dropFirst().count {
                windows.contains($0.started)
            }
        }
        if requestsInWindows > 0 {
            let amplification =
                1 + Double(retriesInWindows) / Double(requestsInWindows)
            reading.figures.append(Figure("amplification in faults", amplification, .ratio))
        }
        guard let budget = policy.budget, !operations.isEmpty else { return }
        let share = Double(retries) / Double(operations.count)
        reading.figures.append(
            Figure("retries beside requests", share, .ratio, limit: budget.fraction))
        let allowed = budget.fraction * Double(operations.count)
        if Double(retries) > allowed * (1 + GapAnalysis.relativeTolerance) + 10 {
            reading.breaches.append(
                "\(Wording.count(retries, "retry")) for \(Wording.count(operations.count)) requests "
                    + "are \(Wording.percent(share)), \(Wording.percent(budget.fraction)) is the "
                    + "budget")
        }
    }
}
