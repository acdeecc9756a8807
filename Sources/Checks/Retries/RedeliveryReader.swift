import Playbooks
import Records

/// Reads the redeliveries of refused messages: from a refusal's answer to the next delivery.
///
/// A consumer sees a message late when the service was down or the queue long. Whether a gap counts
/// is decided by the time that it might have taken, not by the time that it took: to leave out the
/// gaps that met an outage would leave out long ones more often than short ones.
struct RedeliveryReader {
    /// A delivery's number beyond this is taken for this one: no policy goes so far.
    private static let mostDeliveries = 10_000

    private let policy: RetryPolicy
    private let late: Double
    private let disturbed: DisturbedDeliveries
    private var reading = RetryReading()
    /// The deliveries of messages that came more often than the policy says for another reason: a
    /// primary that dies takes the leases with it, and the next one delivers once more.
    private var repeated: [Int] = []

    static func read(_ evidence: JudgedEvidence, policy: RetryPolicy, late: Duration)
        -> RetryReading
    {
        var reader = RedeliveryReader(
            policy: policy, late: late.seconds,
            disturbed: DisturbedDeliveries(evidence, lateness: Nanoseconds(late)))
        for (message, history) in histories(evidence.evidence.operations) {
            reader.read(message, history)
        }
        if let most = reader.repeated.max() {
            reader.reading.notes.append(
                "\(Wording.count(reader.repeated.count, "message")) that may have met a fault or a "
                    + "stall came more than \(policy.attempts) times, up to \(most): not judged")
        }
        return reader.reading
    }

    private init(policy: RetryPolicy, late: Double, disturbed: DisturbedDeliveries) {
        self.policy = policy
        self.late = late
        self.disturbed = disturbed
    }

    /// The deliveries and refusals of each message that was ever refused, in the order of time.
    private static func histories(_ operations: [Operation])
        -> [(MessageIdentifier, [Operation])]
    {
        var refused: Set<MessageIdentifier> = []
        for operation in operations where operation.kind == .refuse {
            if let message = operation.message { refused.insert(message) }
        }
        var histories: [MessageIdentifier: [Operation]] = [:]
        for operation in operations where operation.outcome == .ok {
            guard operation.kind == .reserve || operation.kind == .refuse,
                let message = operation.message, refused.contains(message)
            else { continue }
            histories[message, default: []].append(operation)
        }
        return histories.mapValues { $0.sorted { $0.ended < $1.ended } }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private mutating func read(_ message: MessageIdentifier, _ history: [Operation]) {
        var deliveries = 0
        var number = 0
        var isUndisturbed = true
        for (index, operation) in history.enumerated() {
            if operation.kind == .reserve {
                number = min(max(0, operation.delivery ?? deliveries), Self.mostDeliveries)
                deliveries += 1
                continue
            }
            let next = history[(index + 1)...].first { $0.kind == .reserve }
            let judged = judge(operation, retry: number, next: next, of: message)
            isUndisturbed = isUndisturbed && judged
        }
        guard isUndisturbed else {
            if deliveries > policy.attempts { repeated.append(deliveries) }
            return
        }
        reading.mostAttempts = max(reading.mostAttempts, deliveries)
        reading.judgedMessages += 1
        if deliveries > policy.attempts { reading.overAttempts += 1 }
    }

    /// Judges the gap after one refusal; false when it may have met a disturbance.
    private mutating func judge(
        _ refusal: Operation, retry: Int, next: Operation?, of message: MessageIdentifier
    ) -> Bool {
        let latest =
            refusal.ended
            + Nanoseconds(
                .seconds(min(policy.envelopeSeconds(retry) * 1.1 + late, 1e7)))
        guard !disturbed.isDisturbed(from: refusal.ended, to: latest) else {
            reading.exclude("may have met a fault, a stall or a backlog")
            return false
        }
        guard latest <= disturbed.end else {
            reading.exclude("were cut short by the end of the load")
            return false
        }
        guard let next else {
            // Refused for the last time, it belongs to the dead letters and comes no more.
            if retry + 1 < policy.attempts { reading.givenUp += 1 }
            return true
        }
        if let delivery = next.delivery, delivery != retry + 1 {
            reading.exclude("were not followed by the next delivery")
            return false
        }
        let began = refusal.attempts.last?.started ?? refusal.intended
        reading.gaps.append(
            RetryGap(
                retry: retry, seconds: (next.ended - refusal.ended).seconds,
                early: ClientRetryReader.early + max(0, (refusal.ended - began).seconds),
                late: late, message: message))
        return true
    }
}
