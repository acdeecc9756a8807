import Checks
import Playbooks
import Records
import Testing

@Suite("The steady state")
struct SteadyStateTests {
    private let probe = ProbeStep(
        kind: "http", name: "ready", selector: Selector(role: "primary"), every: .milliseconds(250))
    private let slow = MetricCondition(
        metric: "enqueue.p99", bound: .below(.duration(.milliseconds(50))))

    private func sample(
        _ time: Double, _ result: ProbeSample.Result = .healthy, node: String = "a"
    ) -> ProbeSample {
        ProbeSample(
            probe: "ready", node: node, started: .at(time), ended: .at(time), result: result,
            answer: result == .healthy ? "200" : "503")
    }

    private func isLost(_ state: SteadyState, with word: String) -> Bool {
        guard case .lost(let reason) = state else { return false }
        return reason.contains(word)
    }

    private func isUnknown(_ state: SteadyState) -> Bool {
        guard case .unknown = state else { return false }
        return true
    }

    @Test("holds once every condition has been met for the hold time")
    func holds() {
        var evaluator = SteadyStateEvaluator(conditions: [.probe(probe), .metric(slow)])
        #expect(isUnknown(evaluator.state(at: .zero)))
        for step in 0...8 {
            let time = Double(step) * 0.25
            evaluator.observe(sample(time))
            evaluator.observe(metric: "enqueue.p99", value: 10e6, at: .at(time))
            if step < 8 { #expect(isLost(evaluator.state(at: .at(time)), with: "yet")) }
        }
        #expect(evaluator.state(at: .at(2)) == .holds)
        #expect(evaluator.metricNames == ["enqueue.p99"])
    }

    @Test("starts anew after a bad answer or a bad value")
    func interrupted() {
        var evaluator = SteadyStateEvaluator(conditions: [.probe(probe), .metric(slow)])
        for step in 0...16 {
            let time = Double(step) * 0.25
            evaluator.observe(sample(time, step == 10 ? .unhealthy : .healthy))
            evaluator.observe(
                metric: "enqueue.p99", value: step == 12 ? 80e6 : 10e6, at: .at(time))
            let state = evaluator.state(at: .at(time))
            if step == 10 { #expect(isLost(state, with: "ready of node a answered 503")) }
            if step == 12 {
                #expect(isLost(state, with: "enqueue.p99 is 80 ms, not below 50 ms"))
            }
            if step > 12 { #expect(isLost(state, with: "yet")) }
        }
    }

    @Test("is unknown without fresh answers")
    func stale() {
        var evaluator = SteadyStateEvaluator(conditions: [.probe(probe), .metric(slow)])
        evaluator.observe(sample(0))
        evaluator.observe(metric: "enqueue.p99", value: 10e6, at: .zero)
        #expect(isUnknown(evaluator.state(at: .at(10))))
        evaluator.observe(sample(10))
        evaluator.observe(metric: "enqueue.p99", value: nil, at: .at(10))
        #expect(isUnknown(evaluator.state(at: .at(10))))
    }

    @Test("follows a probe of one object from node to node")
    func failover() {
        var evaluator = SteadyStateEvaluator(conditions: [.probe(probe)])
        evaluator.observe(sample(0, .unhealthy, node: "a"))
        for step in 1...9 { evaluator.observe(sample(Double(step) * 0.25, node: "b")) }
        #expect(evaluator.state(at: .at(2.25)) == .holds)
    }

    @Test("wants every object of a probe of several to be content")
    func allObjects() {
        var every = probe
        every.selector?.pick = .all
        var evaluator = SteadyStateEvaluator(conditions: [.probe(every)])
        for step in 0...9 {
            evaluator.observe(sample(Double(step) * 0.25, .unhealthy, node: "a"))
            evaluator.observe(sample(Double(step) * 0.25, node: "b"))
        }
        #expect(isLost(evaluator.state(at: .at(2.25)), with: "node a"))
    }

    @Test("takes the one answer of a probe without a period")
    func once() {
        var single = probe
        single.every = nil
        var evaluator = SteadyStateEvaluator(conditions: [.probe(single)])
        evaluator.observe(sample(0))
        #expect(evaluator.state(at: .at(60)) == .holds)
    }

    @Test("holds when the playbook names no condition")
    func empty() {
        #expect(SteadyStateEvaluator(conditions: []).state(at: .zero) == .holds)
    }

    @Test("ends a drill only when an abort condition was true for its whole duration")
    func abort() throws {
        let condition = MetricCondition(
            metric: "enqueue.error_rate", bound: .above(.ratio(.percent(95))),
            duration: .seconds(2), line: 9)
        var evaluator = AbortEvaluator(conditions: [condition])
        #expect(evaluator.reason(at: .zero) == nil)
        for (time, value) in [(0.0, 0.99), (1.9, 0.5), (2, 0.99), (3.9, 0.99)] {
            evaluator.observe(metric: "enqueue.error_rate", value: value, at: .at(time))
            #expect(evaluator.reason(at: .at(time)) == nil)
        }
        evaluator.observe(metric: "enqueue.error_rate", value: 0.99, at: .at(4))
        let reason = try #require(evaluator.reason(at: .at(4)))
        #expect(reason == "enqueue.error_rate is 99.0 %, above 95.0 % for 2.00 s (line 9)")
        evaluator.observe(metric: "enqueue.error_rate", value: nil, at: .at(5))
        #expect(evaluator.reason(at: .at(5)) == nil)
    }

    @Test("aborts at once without a duration")
    func abortAtOnce() {
        var evaluator = AbortEvaluator(conditions: [
            MetricCondition(metric: "enqueue.p99", bound: .above(.duration(.seconds(1))))
        ])
        evaluator.observe(metric: "enqueue.p99", value: 2e9, at: .at(1))
        #expect(evaluator.reason(at: .at(1)) != nil)
    }
}
