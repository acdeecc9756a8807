import Checks
import Playbooks
import Records

/// Follows the steady state over the life of a drill, and notices when it comes and goes.
struct SteadyStateWatch {
    private var evaluator: SteadyStateEvaluator
    private var samplesSeen = 0
    private(set) var state = SteadyState.unknown("the steady state was not asked for yet")
    /// Why the precondition is what it is: the last thing that was said before the first fault.
    private(set) var sentence: String
    /// Whether the steady state held before the first fault.
    private(set) var wasConfirmed = false

    init(playbook: Playbook) {
        evaluator = SteadyStateEvaluator(conditions: playbook.steadyState)
        sentence =
            playbook.steadyState.isEmpty
            ? "the playbook names no steady state" : "the steady state was not asked for"
    }

    /// Takes what came in since the last time; returns the new state when it has changed sides.
    mutating func observe(
        at time: DrillTime, samples: [ProbeSample], metric: (String) -> Double?
    ) -> SteadyState? {
        for sample in samples[min(samplesSeen, samples.count)...] { evaluator.observe(sample) }
        samplesSeen = samples.count
        for name in Set(evaluator.metricNames) {
            evaluator.observe(metric: name, value: metric(name), at: time)
        }
        let before = state
        state = evaluator.state(at: time)
        return (before == .holds) == (state == .holds) ? nil : state
    }

    mutating func confirm(_ reason: String?) {
        wasConfirmed = reason == nil
        sentence = reason ?? "every condition of the steady state held before the first fault"
    }
}
