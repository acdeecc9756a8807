import Playbooks
import Records
import Systems

/// Carries one operation through its attempts: the driver of a ``RetryMachine``.
struct Performer: Sendable {
    let nodes: [String]
    let belief: PrimaryBelief
    let now: @Sendable () -> DrillTime
    let control: RunControl

    /// What an operation came to.
    struct Performance: Sendable {
        var outcome: Operation.Outcome
        var attempts: [Attempt] = []
        var ended: DrillTime

        /// The node that gave the last answer.
        var node: String { attempts.last?.node ?? "" }
    }

    /// Asks nodes until one agrees or the policy ends it, starting with `first`.
    ///
    /// Once the run is stopped or the task cancelled no further attempt is made: the outcome is what
    /// the attempts so far say.
    func perform<Value: Sendable>(
        schedule: RetrySchedule, attempts: Int, first: String,
        withdraw: () -> Bool, ask: (_ node: String) async -> Answer<Value>
    ) async -> Performance {
        var machine = RetryMachine(
            schedule: schedule, attempts: attempts, nodes: nodes, first: first)
        var node = first
        var performance = Performance(outcome: .failed, ended: now())
        while true {
            let started = now()
            let answer = await ask(node)
            performance.ended = now()
            let action = machine.next(after: answer, withdraw: withdraw)
            performance.attempts.append(
                Attempt(
                    node: node, started: started, ended: performance.ended, answer: answer,
                    followedBy: action))
            switch action {
            case .finish(let outcome):
                if outcome == .ok { belief.node = node }
                performance.outcome = outcome
                return performance
            case .redirect(let target):
                belief.node = target
                node = target
            case .retry(let target, let gap):
                node = target
                await sleep(for: gap)
            }
            if isEnded {
                performance.outcome = machine.outcome
                return performance
            }
        }
    }

    private var isEnded: Bool { Task.isCancelled || control.isStopped }

    /// Sleeps in pieces of a tenth of a second, so that the end of the run is seen.
    private func sleep(for gap: Duration) async {
        let end = now() + Nanoseconds(gap)
        while !isEnded {
            let left = (end - now()).duration
            guard left > .zero else { return }
            try? await Task.sleep(for: min(left, .milliseconds(100)))
        }
    }
}

extension Attempt {
    init<Value>(
        node: String, started: DrillTime, ended: DrillTime, answer: Answer<Value>,
        followedBy action: RetryMachine.Action = .finish(.failed)
    ) {
        var redirect: String?
        if case .redirect(let target) = action { redirect = target }
        self.init(
            node: node, started: started, ended: ended, outcome: answer.outcome,
            answer: answer.text, redirect: redirect)
    }
}

extension Answer {
    var outcome: Operation.Outcome {
        switch self {
        case .ok: .ok
        case .failed: .failed
        case .indeterminate: .indeterminate
        }
    }

    var text: String {
        switch self {
        case .ok(_, let text), .failed(let text, _, _, _), .indeterminate(let text): text
        }
    }
}
