import Playbooks
import Records
import Testing
import Workloads

@Suite("Consumers and the drain")
struct ConsumerTests {
    @Test("Poison is refused each time and ends in the dead-letter queue; the rest is acknowledged")
    func poison() async {
        let queue = FakeQueue(maximumDeliveries: 3)
        let workload = Workload.quick(rate: 400, poison: 0.2)
        let bench = Bench(queue, workload)
        let report = await bench.run(enqueues: 100)
        #expect(report.isDrained)
        let schedule = Schedule(workload: workload, seed: 42)
        let poisoned = bench.notes.begun.filter(schedule.isPoison)
        #expect(!poisoned.isEmpty)
        #expect(queue.dead.sorted() == poisoned.sorted())
        #expect(bench.notes.all(.refuse).count == poisoned.count * 3)
        #expect(bench.notes.all(.acknowledge).count == bench.notes.begun.count - poisoned.count)
        let ledger = bench.ledger
        #expect(ledger.deadLettered == poisoned.count)
        #expect(ledger.redelivered == poisoned.count * 2)
        #expect(ledger.duplicated == 0)
        #expect(ledger.lost.isEmpty)
        let counts = bench.notes.all(.reserve).compactMap(\.delivery)
        #expect(Set(counts) == [0, 1, 2])
    }

    @Test("A damaged body is recorded, refused, and told apart when it comes intact")
    func damage() async {
        let queue = FakeQueue { call, _, number in
            call == .reserve && number == 3 ? .damage : .serve
        }
        let bench = Bench(queue, .quick(producers: 1))
        for message in 0..<5 {
            let body = MessageBody(
                run: MessageBody.runMark(of: "drill"),
                message: MessageIdentifier(producer: 7, sequence: message))
            queue.put(body.encoded(size: 128))
        }
        _ = await bench.run(enqueues: 10)
        #expect(bench.ledger.corrupted == 1)
        #expect(bench.notes.all(.refuse).count == 1)
        #expect(bench.ledger.lost.isEmpty)
    }

    @Test("Messages of another drill are refused and unexpected")
    func foreign() async {
        let queue = FakeQueue()
        let other = MessageBody(
            run: MessageBody.runMark(of: "another"), message: .init(producer: 0, sequence: 3))
        queue.put(other.encoded(size: 128))
        queue.put(Array("hello".utf8))
        let bench = Bench(queue, .quick())
        let report = await bench.run(enqueues: 10)
        #expect(report.isDrained)
        #expect(bench.notes.all(.refuse).count == 6)
        #expect(bench.ledger.unexpected == 6)
        #expect(bench.ledger.corrupted == 0)
    }

    @Test("A consumer follows redirects and fails over, and records each failure")
    func failover() async {
        let queue = FakeQueue { call, node, number in
            switch (call, node) {
            case (.reserve, "a") where number < 3: .refuse
            case (.reserve, "a"), (.acknowledge, "a"): .redirect("b")
            default: .serve
            }
        }
        let bench = Bench(queue, .quick())
        let report = await bench.run(enqueues: 50)
        #expect(report.isDrained)
        let reserves = bench.notes.all(.reserve)
        #expect(reserves.contains { $0.outcome == .failed && $0.node == "a" })
        let settled = bench.notes.all(.acknowledge)
        #expect(settled.count == bench.notes.begun.count)
        #expect(settled.allSatisfy { $0.outcome == .ok })
    }

    @Test("A drain ends when all is out, and at its quiet time when messages are lost")
    func lost() async {
        let queue = FakeQueue()
        let bench = Bench(queue, .quick(consumers: 0))
        async let running: Void = bench.runner.run()
        await bench.until { bench.runner.counts.finished >= 50 }
        let lost = queue.lose(5)
        let report = await bench.drain()
        await running
        #expect(lost == 5)
        #expect(report.isDrained)
        #expect(!report.isOutOfTime)
        #expect(report.undelivered == 5)
        #expect(bench.ledger.lost.count == 5)
        #expect(Set(report.depths.keys) == ["a", "b"])
        #expect(bench.notes.all(.reserve).allSatisfy { $0.client == "drain" })
    }

    @Test("A drain of a service that gives nothing back ends at its bound, and says so")
    func bound() async {
        let queue = FakeQueue { call, _, _ in call == .reserve ? .refuse : .serve }
        let bench = Bench(queue, .quick())
        let report = await bench.run(enqueues: 20, drainBound: .milliseconds(700))
        #expect(report.isOutOfTime)
        #expect(!report.isDrained)
        #expect(report.undelivered >= 20)
    }

    @Test("A drain does not count as complete while a node cannot be asked")
    func unknownDepth() async {
        struct Unreachable: Error {}
        let queue = FakeQueue()
        let bench = Bench(queue, .quick())
        async let running: Void = bench.runner.run()
        await bench.until { bench.runner.counts.finished >= 20 }
        let report = await bench.runner.drain(
            atMost: .milliseconds(700), quiet: .milliseconds(100)
        ) { node in
            guard node == "a" else { throw Unreachable() }
            return queue.depth
        }
        await running
        #expect(!report.isDrained)
        #expect(report.undelivered == 0)
        #expect(Set(report.depths.keys) == ["a"])
    }
}
