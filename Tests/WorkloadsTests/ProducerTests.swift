import Playbooks
import Records
import Testing
import Workloads

@Suite("Producers")
struct ProducerTests {
    @Test("Every planned message is sent once, in order, each with its body and identifier")
    func sendsAll() async {
        let bench = Bench(FakeQueue(), .quick())
        let report = await bench.run(enqueues: 100)
        #expect(report.isDrained)
        let enqueues = bench.notes.all(.enqueue)
        #expect(enqueues.count >= 100)
        for producer in 0..<2 {
            let sequences = bench.notes.begun.filter { $0.producer == producer }.map(\.sequence)
            #expect(sequences.sorted() == Array(0..<sequences.count))
        }
        #expect(enqueues.allSatisfy { $0.outcome == .ok && $0.attempts.count == 1 })
        #expect(bench.ledger.acknowledged == enqueues.count)
        #expect(bench.ledger.delivered == enqueues.count)
        #expect(bench.ledger.lost.isEmpty)
    }

    @Test("Intended times are the schedule's, whatever the service does")
    func intendedTimes() async throws {
        let bench = Bench(FakeQueue(), .quick(producers: 1))
        _ = await bench.run(enqueues: 50)
        let times = bench.notes.all(.enqueue)
            .sorted { $0.intended < $1.intended }.map(\.intended.nanoseconds)
        for (earlier, later) in zip(times, times.dropFirst()) {
            #expect(abs(later - earlier - 5_000_000) <= 1)
        }
    }

    @Test("The load does not slow down when the service stalls, and latencies show the stall")
    func openLoop() async throws {
        let gate = FakeQueue.Gate()
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .stall(gate) : .serve }
        let bench = Bench(queue, .quick(rate: 400))
        async let running: Void = bench.runner.run()
        // In a closed loop no second message of a producer would ever be under way.
        await bench.until { bench.runner.counts.inFlight >= 200 }
        gate.open()
        let opened = bench.now
        let report = await bench.drain()
        await running
        #expect(report.isDrained)
        #expect(queue.largestConcurrency >= 200)
        let stalled = bench.notes.all(.enqueue).filter { $0.intended < opened }
        let first = try #require(stalled.map(\.intended).min())
        let stall = (opened - first).seconds
        let latencies = stalled.map(\.latency.seconds).sorted()
        #expect(latencies[latencies.count * 99 / 100] >= stall * 0.95)
        // The intended times are even, so the waits are as well: half waited half of the stall.
        #expect(latencies[latencies.count / 2] >= stall * 0.45)
        #expect(latencies[latencies.count / 4] >= stall * 0.2)
    }

    @Test("A generator with too many in flight says so, with the intended time")
    func saturation() async {
        let gate = FakeQueue.Gate()
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .stall(gate) : .serve }
        let bench = Bench(queue, .quick(producers: 1, rate: 4_000))
        async let running: Void = bench.runner.run()
        await bench.until { bench.runner.counts.saturated >= 20 }
        gate.open()
        _ = await bench.drain()
        await running
        #expect(queue.largestConcurrency == 1_000)
        let saturated = bench.notes.all(.enqueue).filter(\.isSaturated)
        #expect(saturated.count == bench.runner.counts.saturated)
        #expect(saturated.count >= 20)
        #expect(saturated.allSatisfy { $0.outcome == .failed && $0.node.isEmpty })
        #expect(saturated.allSatisfy { $0.message != nil && $0.intended <= $0.ended })
        #expect(bench.ledger.attempted == bench.runner.counts.begun)
        #expect(bench.ledger.lost.isEmpty)
    }

    @Test("Refused attempts move to the next node and back, with growing gaps, up to the limit")
    func retries() async {
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .refuse : .serve }
        let bench = Bench(queue, .quick(producers: 1, consumers: 0, attempts: 4))
        _ = await bench.run(enqueues: 5)
        let enqueues = bench.notes.all(.enqueue)
        #expect(enqueues.count >= 5)
        for operation in enqueues {
            #expect(operation.outcome == .failed)
            #expect(operation.attempts.map(\.node) == ["a", "b", "a", "b"])
            #expect(operation.attempts.allSatisfy { $0.answer == "connection refused" })
            let attempts = operation.attempts
            for (k, pair) in zip(attempts, attempts.dropFirst()).enumerated() {
                #expect((pair.1.started - pair.0.ended).milliseconds >= Double(2 << k))
            }
        }
    }

    @Test("A redirect is followed at once and remembered")
    func redirect() async {
        let queue = FakeQueue { _, node, _ in node == "a" ? .redirect("b") : .serve }
        let bench = Bench(queue, .quick(producers: 1))
        _ = await bench.run(enqueues: 40)
        let enqueues = bench.notes.all(.enqueue).sorted { $0.intended < $1.intended }
        #expect(enqueues.first?.attempts.map(\.node) == ["a", "b"])
        #expect(enqueues.first?.attempts.first?.redirect == "b")
        #expect(enqueues.allSatisfy { $0.outcome == .ok && $0.node == "b" })
        #expect(enqueues.last?.attempts.map(\.node) == ["b"])
    }

    @Test("Failover: after the primary's death messages go to the other node and stay there")
    func failover() async {
        let queue = FakeQueue { call, node, number in
            switch (call, node) {
            case (.enqueue, "a") where number > 20, (.reserve, "a"): .refuse
            default: .serve
            }
        }
        let bench = Bench(queue, .quick(producers: 1))
        let report = await bench.run(enqueues: 60)
        #expect(report.isDrained)
        let enqueues = bench.notes.all(.enqueue).sorted { $0.intended < $1.intended }
        #expect(enqueues.allSatisfy { $0.outcome == .ok })
        #expect(enqueues.first?.node == "a")
        #expect(enqueues.last?.attempts.map(\.node) == ["b"])
        #expect(bench.ledger.delivered == enqueues.count)
    }

    @Test("A timeout leaves the outcome open; a later ok settles it")
    func indeterminate() async {
        let queue = FakeQueue { call, _, number in
            call == .enqueue && number <= 2 ? .storeAndTimeOut : .serve
        }
        let once = Bench(queue, .quick(producers: 1, attempts: 1))
        _ = await once.run(enqueues: 10)
        #expect(once.ledger.indeterminate == 2)
        #expect(once.ledger.recovered == 2)
        #expect(once.ledger.lost.isEmpty)

        let again = Bench(
            FakeQueue { call, _, number in
                call == .enqueue && number <= 2 ? .storeAndTimeOut : .serve
            }, .quick(producers: 1, attempts: 4))
        _ = await again.run(enqueues: 10)
        #expect(again.ledger.indeterminate == 0)
        #expect(again.ledger.acknowledged == again.ledger.attempted)
        #expect(again.ledger.duplicated == 0)
    }

    @Test("A budget of 20 % allows one retry for five messages when everything fails")
    func budget() async {
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .refuse : .serve }
        let bench = Bench(
            queue, .quick(producers: 1, consumers: 0, attempts: 8, budget: .percent(20)))
        _ = await bench.run(enqueues: 100)
        let enqueues = bench.notes.all(.enqueue)
        let retries = queue.enqueues.count - enqueues.count
        #expect(retries <= enqueues.count / 5)
        #expect(retries >= enqueues.count / 5 - 1)
    }

    @Test("A cancelled run returns, with an outcome for every message that it began")
    func cancellation() async {
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .timeOut : .serve }
        let bench = Bench(queue, .quick(timeout: .seconds(5)))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bench.runner.run() }
            await bench.until { bench.runner.counts.inFlight >= 20 }
            group.cancelAll()
        }
        let enqueues = bench.notes.all(.enqueue)
        #expect(enqueues.allSatisfy { $0.outcome == .indeterminate })
        #expect(enqueues.count == bench.notes.begun.count)
        #expect(bench.runner.counts.inFlight == 0)
    }

    @Test("A stop ends a long backoff: what was tried so far decides")
    func stop() async {
        var workload = Workload.quick(consumers: 0)
        workload.retry.first = .seconds(300)
        workload.retry.cap = .seconds(300)
        let queue = FakeQueue { call, _, _ in call == .enqueue ? .refuse : .serve }
        let bench = Bench(queue, workload)
        async let running: Void = bench.runner.run()
        await bench.until { bench.runner.counts.inFlight >= 10 }
        bench.runner.stop()
        await running
        #expect(bench.now < DrillTime(nanoseconds: 100_000_000_000))
        let enqueues = bench.notes.all(.enqueue)
        #expect(enqueues.count >= 10)
        #expect(enqueues.allSatisfy { $0.outcome == .failed && $0.attempts.count == 1 })
    }
}
