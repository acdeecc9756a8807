import Playbooks
import Records

@testable import Checks

/// A way to wait between attempts, right or wrong, for tests of the check `retries`.
enum Waiting: Sendable {
    case policy(RetryPolicy)
    case fixed(Double)
    case uniform(ClosedRange<Double>)

    func gap(_ retry: Int, _ generator: inout SplitMix64) -> Double {
        switch self {
        case .fixed(let seconds): seconds
        case .uniform(let range):
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.fraction()
        case .policy(let policy):
            policy.shortest(retry)
                + (policy.envelopeSeconds(retry) - policy.shortest(retry)) * generator.fraction()
        }
    }
}

extension EvidenceBuilder {
    /// Adds messages whose first attempts fail; each later attempt is made a little after the client
    /// meant it to, and reaches the proxy within `transit` seconds.
    mutating func retries(
        _ waiting: Waiting, messages: Int = 100, failures: Int = 5, seed: UInt64 = 1,
        answer: String = "connection refused", redirectFirst: Bool = false,
        transit: Double = 0.0002
    ) {
        var generator = SplitMix64(seed: seed)
        for index in 0..<messages {
            let message = MessageIdentifier(producer: 1, sequence: index)
            let intended = 10 + Double(index) * 0.01
            var time = intended
            var attempts: [Attempt] = []
            for number in 0...failures {
                let isLast = number == failures
                let isRedirect = redirectFirst && number == 0
                let way = transit > 0.001 ? transit * generator.fraction() : transit
                let end = time + way + 0.0008
                wire.append(
                    WireObservation(
                        time: .at(time + way), node: isRedirect ? "b" : "a", message: message,
                        forwarded: isLast))
                attempts.append(
                    Attempt(
                        node: isRedirect ? "b" : "a", started: .at(time), ended: .at(end),
                        outcome: isLast ? .ok : .failed,
                        answer: isLast ? "201" : isRedirect ? "409" : answer,
                        redirect: isRedirect ? "a" : nil))
                let retry = redirectFirst ? number - 1 : number
                let lateness = 0.01 * generator.fraction()
                time = end + (isRedirect ? 0 : waiting.gap(retry, &generator) + lateness)
            }
            operations.append(
                Operation(
                    kind: .enqueue, client: "p1", message: message, intended: .at(intended),
                    ended: attempts[failures].ended, outcome: .ok, node: "a", attempts: attempts))
        }
    }

    /// Adds a steady load of delivered messages, and poisoned ones that are refused each time.
    mutating func redeliveries(
        _ waiting: Waiting, attempts: Int, messages: Int = 100, until end: Double = 40,
        seed: UInt64 = 1, lateness: Double = 0.05, countsDeliveries: Bool = true
    ) {
        var generator = SplitMix64(seed: seed)
        for index in 0..<Int(end * 50) {
            deliver(
                MessageIdentifier(producer: 0, sequence: index), sent: Double(index) / 50,
                at: Double(index) / 50 + 0.003)
        }
        for index in 0..<messages {
            let message = MessageIdentifier(producer: 1, sequence: index)
            var time = 0.5 + Double(index) * (end - 15) / Double(messages)
            for number in 0..<attempts {
                reserve(message, at: time, delivery: countsDeliveries ? number : nil)
                operations.append(
                    Operation(
                        kind: .refuse, client: "c0", message: message, intended: .at(time),
                        ended: .at(time + 0.002), outcome: .ok, node: "a",
                        attempts: [
                            Attempt(
                                node: "a", started: .at(time), ended: .at(time + 0.002),
                                outcome: .ok, answer: "204")
                        ]))
                time +=
                    0.001 + waiting.gap(number, &generator) + lateness * generator.fraction()
            }
        }
    }

    /// Adds one message that was acknowledged and came out.
    mutating func deliver(_ message: MessageIdentifier, sent: Double, at time: Double) {
        operations.append(
            Operation(
                kind: .enqueue, client: "p0", message: message, intended: .at(sent),
                ended: .at(sent + 0.001), outcome: .ok, node: "a"))
        reserve(message, at: time, delivery: 0)
    }

    private mutating func reserve(_ message: MessageIdentifier, at time: Double, delivery: Int?) {
        operations.append(
            Operation(
                kind: .reserve, client: "c0", message: message, intended: .at(time - 0.001),
                ended: .at(time), outcome: .ok, node: "a", intact: true, delivery: delivery))
    }
}
