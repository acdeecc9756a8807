import Playbooks
import Records
import Testing
import Workloads

@Suite("Live metrics")
struct LiveMetricsTests {
    private func time(_ milliseconds: Int64) -> DrillTime {
        DrillTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func enqueue(
        _ sequence: Int, intended: Int64, took: Int64, _ outcome: Operation.Outcome = .ok
    ) -> Operation {
        Operation(
            kind: .enqueue, client: "p0", message: .init(producer: 0, sequence: sequence),
            intended: time(intended), ended: time(intended + took), outcome: outcome, node: "a",
            attempts: [
                Attempt(
                    node: "a", started: time(intended), ended: time(intended + took),
                    outcome: outcome, answer: "201")
            ])
    }

    private func delivery(_ sequence: Int, at milliseconds: Int64, earlier: Int = 0) -> Operation {
        Operation(
            kind: .reserve, client: "c0", message: .init(producer: 0, sequence: sequence),
            intended: time(milliseconds), ended: time(milliseconds), outcome: .ok, node: "a",
            intact: true, delivery: earlier)
    }

    /// A hundred messages a second for `seconds`, each acknowledged after `took` milliseconds.
    private func steady(
        _ metrics: LiveMetrics, from start: Int64 = 0, seconds: Int64, took: Int64,
        _ outcome: Operation.Outcome = .ok
    ) {
        for number in 0..<seconds * 100 {
            let operation = enqueue(
                Int(start / 10 + number), intended: start + number * 10, took: took, outcome)
            if let message = operation.message {
                metrics.began(message, intended: operation.intended)
            }
            metrics.record(operation)
        }
    }

    private func isNear(_ value: Double?, _ milliseconds: Double) -> Bool {
        guard let value else { return false }
        return abs(value / 1e6 - milliseconds) <= milliseconds * 0.02
    }

    @Test("Every declared metric has a value under steady load, and unknown ones have none")
    func vocabulary() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 10, took: 5)
        for sequence in 0..<1_000 {
            metrics.record(delivery(sequence, at: Int64(sequence) * 10 + 12))
        }
        for declaration in LiveMetrics.declarations {
            #expect(metrics.value(of: declaration.name, over: .seconds(5), at: time(9_000)) != nil)
        }
        #expect(metrics.value(of: "enqueue.p75", over: .seconds(5), at: time(9_000)) == nil)
        #expect(
            isNear(metrics.value(of: "enqueue.p50", over: .seconds(5), at: time(9_000)), 5))
        #expect(
            isNear(metrics.value(of: "delivery.p99", over: .seconds(5), at: time(9_000)), 7))
        #expect(metrics.value(of: "enqueue.rate", over: .seconds(4), at: time(9_000)) == 100)
        #expect(metrics.value(of: "delivery.rate", over: .seconds(4), at: time(9_000)) == 100)
        #expect(metrics.value(of: "enqueue.error_rate", over: .seconds(4), at: time(9_000)) == 0)
    }

    @Test("Too few samples give no quantile and no ratio, but a rate of zero")
    func tooFew() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        for sequence in 0..<5 { metrics.record(enqueue(sequence, intended: 10, took: 1)) }
        #expect(metrics.value(of: "enqueue.p99", over: .seconds(1), at: time(1_000)) == nil)
        #expect(metrics.value(of: "enqueue.error_rate", over: .seconds(1), at: time(1_000)) == nil)
        #expect(metrics.value(of: "enqueue.rate", over: .seconds(1), at: time(3_000)) == 0)
        #expect(metrics.value(of: "enqueue.rate", over: .seconds(1), at: time(0)) == nil)
    }

    @Test("A slow workload is told over a longer span, at most eightfold")
    func slowWorkload() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        for sequence in 0..<12 {
            metrics.record(enqueue(sequence, intended: Int64(sequence) * 500, took: 3))
        }
        #expect(isNear(metrics.value(of: "enqueue.p99", over: .seconds(1), at: time(6_000)), 3))
        #expect(metrics.value(of: "enqueue.p99", over: .milliseconds(250), at: time(6_000)) == nil)
    }

    @Test("The p99 sees the slow share, the window forgets what is older")
    func quantiles() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 5, took: 400)
        steady(metrics, from: 5_000, seconds: 5, took: 4)
        #expect(isNear(metrics.value(of: "enqueue.p99", over: .seconds(4), at: time(5_000)), 400))
        #expect(isNear(metrics.value(of: "enqueue.p99", over: .seconds(4), at: time(10_000)), 4))
        #expect(isNear(metrics.value(of: "enqueue.p99", over: .seconds(6), at: time(10_000)), 400))
        #expect(isNear(metrics.value(of: "enqueue.p50", over: .seconds(8), at: time(10_000)), 4))
    }

    @Test("Open enqueues count with the time they took so far, and as errors past the timeout")
    func outstanding() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 2, took: 1)
        for number in 0..<100 {
            metrics.began(
                .init(producer: 1, sequence: number), intended: time(2_000 + Int64(number) * 10))
        }
        let early = metrics.value(of: "enqueue.p99", over: .seconds(4), at: time(3_500))
        #expect((early ?? 0) >= 1_000e6)
        #expect(metrics.value(of: "enqueue.error_rate", over: .seconds(4), at: time(3_500)) == 0)
        let late = metrics.value(of: "enqueue.error_rate", over: .seconds(6), at: time(6_000))
        #expect(late.map { abs($0 - 1.0 / 3) < 0.01 } == true)
        for number in 0..<100 {
            var operation = enqueue(number, intended: 2_000 + Int64(number) * 10, took: 4_000)
            operation.message = .init(producer: 1, sequence: number)
            metrics.record(operation)
        }
        #expect(metrics.value(of: "enqueue.error_rate", over: .seconds(6), at: time(6_000)) == 0)
    }

    @Test("A service that refuses at once is not quick: failures count with the timeout")
    func failures() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 4, took: 1, .failed)
        #expect(isNear(metrics.value(of: "enqueue.p50", over: .seconds(3), at: time(4_000)), 2_000))
        #expect(metrics.value(of: "enqueue.error_rate", over: .seconds(3), at: time(4_000)) == 1)
        #expect(metrics.value(of: "enqueue.rate", over: .seconds(3), at: time(4_000)) == 0)
    }

    @Test("Deliveries that are told before their acknowledgement pair with it; redeliveries do not")
    func pairing() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        for sequence in 0..<100 {
            let start = Int64(sequence) * 10
            metrics.record(delivery(sequence, at: start + 1))
            metrics.record(enqueue(sequence, intended: start, took: 2))
            metrics.record(delivery(sequence, at: start + 900, earlier: 1))
        }
        let p99 = metrics.value(of: "delivery.p99", over: .seconds(3), at: time(3_000))
        #expect((p99 ?? .infinity) < 1e6)
    }

    @Test("Ten minutes later the ring starts anew and nothing old comes back")
    func ring() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 5, took: 400)
        let later: Int64 = 600_000
        steady(metrics, from: later, seconds: 5, took: 4)
        #expect(
            isNear(metrics.value(of: "enqueue.p99", over: .seconds(5), at: time(later + 5_000)), 4))
        metrics.record(enqueue(1, intended: 100, took: 1))
        #expect(
            isNear(metrics.value(of: "enqueue.p99", over: .seconds(5), at: time(later + 5_000)), 4))
    }

    @Test("The snapshot adds up")
    func snapshot() {
        let metrics = LiveMetrics(timeout: .seconds(2))
        steady(metrics, seconds: 4, took: 8)
        metrics.began(.init(producer: 3, sequence: 0), intended: time(3_990))
        metrics.record(delivery(0, at: 20))
        let snapshot = metrics.snapshot(at: time(4_000))
        #expect(snapshot.sent == 401)
        #expect(snapshot.acknowledged == 400)
        #expect(snapshot.inFlight == 1)
        #expect(snapshot.delivered == 1)
        #expect(snapshot.waiting == 399)
        #expect(snapshot.saturated == 0)
        #expect(isNear(snapshot.enqueueP99.map { Double($0.count) }, 8))
        #expect(snapshot.errorRate == Ratio(0))
    }
}
