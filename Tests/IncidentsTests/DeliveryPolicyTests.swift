import Systems
import Testing

@testable import Incidents

@Suite("When a delivery is tried again")
struct DeliveryPolicyTests {
    private static let now: Int64 = 784_111_777_000_000_000
    private static let second: Int64 = 1_000_000_000

    private func delivery() -> OutboxEntry {
        OutboxEntry(
            Notice(
                key: "k", type: "alert.failed", title: "t", sentence: "s", markdown: "m",
                playbook: "p", occurredAt: Self.now), to: "hook", now: Self.now)
    }

    @Test(
        "An answer is a success, a wish to wait, or a refusal",
        arguments: [
            (200, [], "delivered"), (201, [], "delivered"), (204, [], "delivered"),
            (302, [], "refused"), (400, [], "refused"), (401, [], "refused"), (403, [], "refused"),
            (404, [], "refused"), (408, [], "wait"), (410, [], "refused"), (422, [], "refused"),
            (429, [], "wait"), (429, [HTTPField("Retry-After", "7")], "wait 7"),
            (
                429, [HTTPField("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT")],
                "wait 20"
            ),
            (429, [HTTPField("Retry-After", "soon")], "wait"),
            (500, [], "wait"), (503, [HTTPField("Retry-After", "0")], "wait 0"),
            (403, [HTTPField("Retry-After", "60")], "wait 60"),
            (
                403,
                [
                    HTTPField("X-RateLimit-Remaining", "0"),
                    HTTPField("X-RateLimit-Reset", "784111807"),
                ], "wait 30"
            ),
        ] as [(Int, [HTTPField], String)])
    func answers(status: Int, fields: [HTTPField], expected: String) {
        let result = AnswerJudgement.judge(
            HTTPAnswer(status: status, fields: fields), now: Self.now)
        let word =
            switch result {
            case .delivered: "delivered"
            case .refused: "refused"
            case .postponed(_, nil): "wait"
            case .postponed(_, let after?): "wait \(after.components.seconds)"
            }
        #expect(word == expected)
    }

    @Test("What an answer says is kept short, and harmless on a terminal")
    func excerpts() {
        let body = Array("\u{1B}[2J no\n\n such".utf8) + [UInt8](repeating: 0x61, count: 10_000)
        guard
            case .refused(let reason) = AnswerJudgement.judge(
                HTTPAnswer(status: 404, body: body), now: 0)
        else {
            Issue.record("it was not refused")
            return
        }
        #expect(reason.count < 300)
        #expect(reason.hasPrefix("it answered 404: \\u{1B}[2J no such"))
    }

    @Test("Waits double up to a bound, spread by the key, and the same key waits the same")
    func waits() {
        let policy = DeliveryPolicy()
        var delivery = delivery()
        for attempt in 1...20 {
            delivery.attempts = attempt
            let usual = min(Duration.seconds(1) * (1 << min(attempt - 1, 20)), .seconds(600))
            let wait = policy.wait(delivery, nil)
            #expect(wait >= usual * 0.75 && wait <= usual * 1.25)
            #expect(policy.wait(delivery, nil) == wait)
        }
        #expect(policy.wait(delivery, .seconds(90)) == .seconds(90))
        #expect(policy.wait(delivery, .seconds(1_000_000)) == .seconds(3600))
    }

    @Test("An attempt is counted before it begins, and given up after a day")
    func life() {
        let policy = DeliveryPolicy()
        var delivery = policy.begun(delivery(), now: Self.now)
        #expect(delivery.attempts == 1)
        #expect(delivery.nextAttemptAt > Self.now)
        delivery = policy.settled(
            delivery, .postponed(reason: "timeout", after: nil), now: Self.now)
        #expect(delivery.state == .waiting)
        #expect(delivery.failure == "timeout")
        let late = policy.settled(
            delivery, .postponed(reason: "timeout", after: nil),
            now: Self.now + 86_400 * Self.second)
        #expect(late.state == .refused)
        #expect(late.failure == "given up after 1 attempts: timeout")
        #expect(policy.settled(delivery, .delivered, now: Self.now).state == .delivered)
    }
}
