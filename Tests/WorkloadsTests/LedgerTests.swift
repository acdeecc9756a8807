import Records
import Testing
import Workloads

@Suite("The ledger")
struct LedgerTests {
    @Test("An empty history has an empty account")
    func empty() {
        let summary = History().closed()
        #expect(summary == LedgerSummary())
    }

    /// Jepsen's `checker_test.clj`, total-queue-test, "sane".
    @Test("Jepsen's sane history: one recovered, nothing lost")
    func sane() {
        var history = History()
        history.enqueue(1, .indeterminate)
        history.enqueue(2)
        history.dequeue(1)
        history.dequeue(2)
        let summary = history.closed()
        #expect(summary.attempted == 2)
        #expect(summary.acknowledged == 1)
        #expect(summary.delivered == 2)
        #expect(summary.recovered == 1)
        #expect(summary.indeterminate == 1)
        #expect(summary.lost.isEmpty)
        #expect(summary.unexpected == 0)
        #expect(summary.duplicated == 0)
    }

    /// Jepsen's `checker_test.clj`, total-queue-test, "pathological".
    @Test("Jepsen's pathological history: one lost, one unexpected, one duplicated")
    func pathological() {
        let (hung, enqueued, duplicate, nobodys) = (1, 2, 3, 99)
        var history = History()
        history.enqueue(hung, .indeterminate)
        history.enqueue(enqueued)
        history.enqueue(duplicate)
        history.dequeueNothing()
        history.dequeue(nobodys)
        history.dequeue(duplicate)
        history.dequeue(duplicate)
        let summary = history.closed()
        #expect(summary.attempted == 3)
        #expect(summary.acknowledged == 2)
        #expect(summary.delivered == 1)
        #expect(summary.lost.map(\.message.sequence) == [enqueued])
        #expect(summary.unexpected == 1)
        #expect(summary.duplicated == 1)
        #expect(summary.redelivered == 0)
        #expect(summary.recovered == 0)
    }

    /// The lines of queue-test: a possible enqueue that never comes out is no loss, a concurrent
    /// dequeue is sane whatever the order of recording, a dequeue without enqueue is not.
    @Test("Jepsen's queue histories: possible, definite, concurrent and missing enqueues")
    func queue() {
        var possible = History()
        possible.enqueue(1, .indeterminate)
        #expect(possible.closed().lost.isEmpty)

        var definite = History()
        definite.enqueue(1)
        #expect(definite.closed().lost.count == 1)

        var concurrent = History()
        concurrent.dequeue(1)
        concurrent.enqueue(1)
        #expect(concurrent.closed().delivered == 1)
        #expect(concurrent.closed().unexpected == 0)

        var missing = History()
        missing.dequeue(1)
        #expect(missing.closed().unexpected == 1)
        #expect(missing.closed().delivered == 0)
    }

    @Test("A run without one acknowledgement says so: nothing acknowledged, nothing lost")
    func zeroAcknowledgements() {
        var history = History()
        for message in 0..<50 { history.enqueue(message, .failed) }
        let summary = history.closed(firstFault: 10, lastFault: 20)
        #expect(summary.attempted == 50)
        #expect(summary.acknowledged == 0)
        #expect(summary.acknowledgedBeforeFaults == 0)
        #expect(summary.acknowledgedAfterFaults == 0)
        #expect(summary.lost.isEmpty)
    }

    @Test("A ghost, delivered although its enqueue certainly failed, is unexpected")
    func ghost() {
        var history = History()
        history.enqueue(1, .failed)
        history.dequeue(1)
        let summary = history.closed()
        #expect(summary.unexpected == 1)
        #expect(summary.recovered == 0)
        #expect(summary.delivered == 0)
    }

    @Test("A message that the generator never sent is not attempted")
    func saturated() {
        var history = History()
        history.enqueue(1, .failed, answer: Operation.saturatedAnswer)
        #expect(history.closed() == LedgerSummary())
    }

    @Test("A second delivery is a duplicate only when its reserve began after an acknowledge")
    func duplicateOrRedelivered() {
        var history = History()
        for message in 1...4 { history.enqueue(message) }
        history.reserve(1, begun: 100)
        history.acknowledge(1, at: 110)
        history.reserve(1, begun: 120)

        history.reserve(2, begun: 100)
        history.reserve(2, begun: 105)
        history.acknowledge(2, at: 110)

        history.reserve(3, begun: 100)
        history.acknowledge(3, at: 110, .indeterminate)
        history.reserve(3, begun: 120)

        history.reserve(4, begun: 100)
        history.reserve(4, begun: 120)
        history.acknowledge(4, at: 125)
        history.reserve(4, begun: 130)

        let summary = history.closed()
        #expect(summary.duplicated == 2)
        #expect(summary.redelivered == 3)
        #expect(summary.delivered == 4)
        #expect(history.closed(reversed: true) == summary)
    }

    @Test("A poison message that ended in the dead-letter queue is not lost")
    func deadLetters() {
        var history = History()
        history.enqueue(1)
        history.enqueue(2)
        history.enqueue(3)
        history.reserve(1, begun: 50)
        history.reserve(1, begun: 60)
        let summary = history.closed(deadLetters: [1, 2])
        #expect(summary.deadLettered == 2)
        #expect(summary.redelivered == 1)
        #expect(summary.lost.map(\.message.sequence) == [3])
    }

    @Test("A bit that turns one identifier into another is damage, not a loss and a duplicate")
    func corrupted() throws {
        let run = MessageBody.runMark(of: "drill")
        let (sent, other) = (
            MessageIdentifier(producer: 0, sequence: 1_500),
            MessageIdentifier(producer: 0, sequence: 500)
        )
        var body = MessageBody(run: run, message: sent).encoded(size: 256)
        let place = try #require(body.firstRange(of: Array("p0-001500".utf8))).lowerBound
        body.replaceSubrange(place..<place + 9, with: other.description.utf8)
        guard case .corrupted(let message) = MessageBody.read(body, run: run) else {
            Issue.record("the damage was not seen")
            return
        }
        var history = History()
        history.enqueue(sent.sequence)
        history.enqueue(other.sequence)
        history.dequeue(other.sequence)
        history.reserve(message?.sequence, begun: 100, intact: false)
        let summary = history.closed()
        #expect(summary.corrupted == 1)
        #expect(summary.lost.isEmpty)
        #expect(summary.duplicated == 0)
        #expect(summary.redelivered == 0)
    }

    @Test("Damage that hides whose it is counts as corrupted; a foreign message as unexpected")
    func nameless() {
        var history = History()
        history.enqueue(1)
        history.dequeue(1)
        history.reserve(nil, begun: 100, intact: false)
        history.reserve(nil, begun: 101, intact: true)
        let summary = history.closed()
        #expect(summary.corrupted == 1)
        #expect(summary.unexpected == 1)
    }

    @Test("The lost come with when and where they were acknowledged, in that order")
    func lostWindow() {
        var history = History()
        history.enqueue(2, at: 30, node: "b")
        history.enqueue(1, at: 40, node: "a")
        history.enqueue(3, at: 20, node: "a")
        history.dequeue(3)
        let lost = history.closed().lost
        #expect(lost.map(\.message.sequence) == [2, 1])
        #expect(lost.map(\.acknowledgedAt.nanoseconds) == [30, 40])
        #expect(lost.map(\.node) == ["b", "a"])
    }

    @Test("Acknowledgements before and after the faults are counted apart")
    func windows() {
        var history = History()
        for message in 0..<10 { history.enqueue(message, at: Int64(message) * 10) }
        let summary = history.closed(firstFault: 30, lastFault: 60)
        #expect(summary.acknowledgedBeforeFaults == 3)
        #expect(summary.acknowledgedAfterFaults == 3)
        #expect(history.closed().acknowledgedBeforeFaults == 10)
        #expect(history.closed().acknowledgedAfterFaults == 10)
    }
}
