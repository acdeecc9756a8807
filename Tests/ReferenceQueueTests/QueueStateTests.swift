import Testing

@testable import ReferenceQueue

@Suite("The state of queues")
struct QueueStateTests {
    private var state = QueueState()
    private var generator = SeededGenerator(seed: 1)
    private let lane = QueueState.Lane.queue("jobs")

    init() { state.startServing(epoch: 1, now: at(0)) }

    private func at(_ milliseconds: Int64) -> Moment {
        Moment(wall: milliseconds, monotonic: milliseconds * 1_000_000)
    }

    /// Plans and applies one batch.
    private mutating func perform(_ operations: [Operation], at time: Int64 = 0) -> [Outcome?] {
        let plan = CommitPlan(
            operations, state: &state, policy: RetryPolicy(jitter: .none, attempts: 3),
            limits: .init(), now: at(time), generator: &generator)
        for change in plan.changes { state.apply(change, now: at(time)) }
        return plan.outcomes
    }

    private mutating func enqueue(_ messages: NewMessage...) -> [MessageIdentifier] {
        guard case .enqueued(let enqueued)? = perform([.enqueue(queue: "jobs", messages)]).first
        else { return [] }
        return enqueued.map(\.id)
    }

    private mutating func reserve(at time: Int64 = 0) -> Delivery? {
        state.reserve(lane, lease: 10_000_000_000, now: at(time))
    }

    @Test("Higher priority comes first, then the older message")
    mutating func order() {
        let ids = enqueue(
            NewMessage(body: "first"), NewMessage(body: "urgent", priority: 2),
            NewMessage(body: "second"))
        let delivered = [reserve(), reserve(), reserve(), reserve()].map(\.?.message.id)
        #expect(delivered == [ids[1], ids[0], ids[2], nil])
    }

    @Test("A delayed message comes when it is due, not before")
    mutating func delay() {
        _ = enqueue(NewMessage(body: "later", delay: 500))
        #expect(reserve() == nil)
        _ = state.advance(now: at(499))
        #expect(reserve(at: 499) == nil)
        _ = state.advance(now: at(500))
        #expect(reserve(at: 500)?.message.body == "later")
    }

    @Test("The same key in one batch or a later one gives the same message")
    mutating func idempotency() {
        let keyed = NewMessage(body: "x", idempotencyKey: "k")
        let outcomes = perform([
            .enqueue(queue: "jobs", [keyed]), .enqueue(queue: "jobs", [keyed]),
            .enqueue(queue: "other", [keyed]),
        ])
        let later = perform([.enqueue(queue: "jobs", [keyed])])
        let all = (outcomes + later).compactMap { outcome -> Enqueued? in
            guard case .enqueued(let enqueued)? = outcome else { return nil }
            return enqueued.first
        }
        #expect(all.map(\.isDuplicate) == [false, true, false, true])
        #expect(all.count == 4 && all[0].id == all[1].id && all[0].id == all[3].id)
        #expect(state.counters["jobs"]?.ready == 1)
    }

    @Test("A failed message backs off and is dead after its last attempt, with the last error")
    mutating func deadLetter() throws {
        let id = try #require(enqueue(NewMessage(body: "x")).first)
        var time: Int64 = 0
        for attempt in Int64(1)...3 {
            let delivery = try #require(reserve(at: time))
            #expect(delivery.receipt.attempt == attempt)
            let outcomes = perform(
                [.reject(id, delivery.receipt, error: "boom \(attempt)")], at: time)
            #expect(outcomes == [.settled])
            time += 2000 << (attempt - 1)
            if attempt < 3 {
                _ = state.advance(now: at(time - 1))
                #expect(reserve(at: time - 1) == nil)
            }
            _ = state.advance(now: at(time))
        }
        #expect(reserve(at: time) == nil)
        #expect(state.entries[id]?.status == .dead)
        #expect(state.entries[id]?.message.lastError == "boom 3")
        #expect(state.deadLetters["jobs"]?.prefix(9) == [id])
        #expect(perform([.redrive(queue: "jobs", nil)], at: time) == [.redriven(1)])
        #expect(reserve(at: time)?.receipt.attempt == 1)
        #expect(state.deadLetters["jobs"]?.count == 0)
    }

    @Test("A lapsed lease is given back once, and its receipt settles nothing any more")
    mutating func lapse() throws {
        let id = try #require(enqueue(NewMessage(body: "x")).first)
        let first = try #require(reserve())
        #expect(state.advance(now: at(9_999)).isEmpty)
        let lapsed = state.advance(now: at(10_000))
        #expect(lapsed.map(\.id) == [id])
        #expect(state.advance(now: at(10_001)).isEmpty)
        _ = perform([.reject(id, lapsed[0].receipt, error: "lease expired")], at: 10_000)
        _ = state.advance(now: at(12_000))
        let second = try #require(reserve(at: 12_000))
        #expect(
            perform([.acknowledge(id, first.receipt), .acknowledge(id, second.receipt)])
                == [.refused(.staleReceipt(id)), .settled])
        #expect(perform([.acknowledge(id, second.receipt)]) == [.refused(.unknownMessage(id))])
    }

    @Test("A delivery that is taken back counts as none, and its receipt settles nothing")
    mutating func release() throws {
        let ids = enqueue(NewMessage(body: "x"))
        let delivery = try #require(reserve())
        state.release(ids[0], receipt: delivery.receipt, now: at(1))
        #expect(!state.settles(ids[0], receipt: delivery.receipt))
        let again = try #require(reserve(at: 2))
        #expect(again.receipt.attempt == 1 && again.receipt != delivery.receipt)
        // The first receipt takes nothing back any more.
        state.release(ids[0], receipt: delivery.receipt, now: at(3))
        #expect(state.settles(ids[0], receipt: again.receipt))
    }

    @Test("A second settlement of one message waits for the next batch")
    mutating func deferred() throws {
        let id = try #require(enqueue(NewMessage(body: "x")).first)
        let delivery = try #require(reserve())
        let outcomes = perform([
            .acknowledge(id, delivery.receipt), .acknowledge(id, delivery.receipt),
        ])
        #expect(outcomes == [.settled, nil])
    }

    @Test("An extended lease lapses later")
    mutating func extend() throws {
        let id = try #require(enqueue(NewMessage(body: "x")).first)
        let delivery = try #require(reserve())
        let extended = state.extend(
            id, receipt: delivery.receipt, lease: 5_000_000_000, now: at(8000))
        #expect(extended)
        #expect(state.advance(now: at(12_999)).isEmpty)
        #expect(state.advance(now: at(13_000)).map(\.id) == [id])
    }

    @Test("A lease of the old primary settles on the new one, unless delivered again")
    mutating func failover() throws {
        let ids = enqueue(NewMessage(body: "x"), NewMessage(body: "y"))
        let leases = try [#require(reserve()), #require(reserve())]
        state.stopServing()
        #expect(state.counters["jobs"]?.ready == 2)
        state.startServing(epoch: 2, now: at(0))
        let again = try #require(reserve())
        #expect(again.message.id == ids[0])
        #expect(
            perform([
                .acknowledge(ids[0], leases[0].receipt), .acknowledge(ids[1], leases[1].receipt),
            ]) == [.refused(.staleReceipt(ids[0])), .settled])
        #expect(enqueue(NewMessage(body: "z"))[0] > ids[1])
    }

    @Test("Counters add up after everything that can happen to a message")
    mutating func counters() throws {
        _ = enqueue(NewMessage(body: "a"), NewMessage(body: "b"), NewMessage(body: "c", delay: 9))
        let delivery = try #require(reserve())
        #expect(
            state.counters["jobs"]
                == QueueState.Counters(ready: 1, delayed: 1, leased: 1))
        _ = perform([.acknowledge(delivery.message.id, delivery.receipt)])
        #expect(
            state.counters["jobs"] == QueueState.Counters(ready: 1, delayed: 1, acknowledged: 1))
        #expect(state.storedBytes == 2)
    }

    @Test("Old keys and keys beyond the limit are forgotten, the oldest first")
    func forgetting() {
        var keys = IdempotencyKeys()
        for number in Int64(1)...10 {
            keys.insert(
                .init(
                    queue: "q", key: "k\(number)", id: MessageIdentifier(rawValue: number),
                    enqueuedAt: number * 10))
        }
        keys.forget(before: 25, keeping: 100)
        #expect(keys.identifier(queue: "q", key: "k2") == nil)
        #expect(keys.identifier(queue: "q", key: "k3") != nil)
        keys.forget(before: 0, keeping: 2)
        #expect(keys.records.map(\.key) == ["k9", "k10"])
    }
}
