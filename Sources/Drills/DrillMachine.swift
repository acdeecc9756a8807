import Playbooks
public import Records

/// The order of a drill, as a pure machine: what happened goes in, what to do next comes out.
///
/// It knows no clock and touches nothing. Each action ends with exactly one event; a request to stop
/// may come in between, and then the running action is cancelled and its event is
/// ``Event/cancelled``.
public struct DrillMachine: Sendable {
    /// What the driver shall do now.
    public enum Action: Sendable, Equatable {
        case runPreflight
        case startTestbed
        case startWorkload
        /// Lets the load run this long.
        case hold(Phase)
        /// Asks whether the steady state holds before the first fault.
        case confirmSteadyState
        /// Performs the method's step with this index.
        case runStep(Int)
        /// Waits for the steady state to come back after the last fault.
        case awaitRecovery
        /// Stops the producers and empties the queue.
        case drain
        case stopTestbed
        case judge
        case finish
    }

    /// What an action came to.
    public enum Event: Sendable, Equatable {
        case succeeded
        /// The harness could not do it.
        case failed(String)
        /// Preflight: the blast radius, or the host, does not allow this drill.
        case refused(String)
        /// The steady state was not there before the first fault.
        case steadyStateMissing(String)
        /// The action was cancelled by a request to stop.
        case cancelled
    }

    /// Why a drill ends early.
    public enum Interruption: Sendable, Equatable {
        /// A person, a signal, or an abort condition of the playbook.
        case aborted(String)
        /// The harness itself.
        case broken(String)
        case refused(String)
        case preconditionUnmet(String)
    }

    private enum State: Equatable {
        case idle, preflight, testbed, starting, warmup, baseline, confirming
        case method(Int), recovery, draining, teardown, judging, finished
    }

    private let steps: Int
    private let hasWorkload: Bool
    private let hasSteadyState: Bool
    private var state = State.idle
    /// The first reason to end early; later ones do not replace it.
    public private(set) var interruption: Interruption?
    /// Failures after the interruption, and of the teardown.
    public private(set) var failures: [String] = []

    public init(steps: Int, hasWorkload: Bool, hasSteadyState: Bool) {
        self.steps = steps
        self.hasWorkload = hasWorkload
        self.hasSteadyState = hasSteadyState
    }

    /// The phase that the drill is in; nil before and after.
    public var phase: Phase? {
        switch state {
        case .idle, .finished: nil
        case .preflight: .preflight
        case .testbed, .starting: .testbed
        case .warmup: .warmup
        case .baseline, .confirming: .baseline
        case .method: .method
        case .recovery: .recovery
        case .draining: .drain
        case .teardown, .judging: .teardown
        }
    }

    /// Begins the drill.
    public mutating func start() -> Action {
        guard state == .idle else { preconditionFailure("a drill starts once") }
        state = .preflight
        return .runPreflight
    }

    /// Takes note that the drill shall end; the running action is then to be cancelled.
    public mutating func interrupt(_ reason: Interruption) {
        guard interruption == nil else {
            if case .broken(let text) = reason { failures.append(text) }
            return
        }
        interruption = reason
    }

    /// Takes what the last action came to, and says what to do next.
    public mutating func handle(_ event: Event) -> Action {
        note(event)
        switch state {
        case .idle, .finished:
            preconditionFailure("no action is under way")
        case .teardown:
            state = .judging
            return .judge
        case .judging:
            state = .finished
            return .finish
        default:
            guard interruption == nil else { return endEarly() }
            return proceed()
        }
    }

    private mutating func note(_ event: Event) {
        switch event {
        case .succeeded: break
        case .failed(let reason): interrupt(.broken(reason))
        case .refused(let reason): interrupt(.refused(reason))
        case .steadyStateMissing(let reason): interrupt(.preconditionUnmet(reason))
        case .cancelled:
            if interruption == nil { interrupt(.aborted("cancelled")) }
        }
    }

    private mutating func endEarly() -> Action {
        if state == .preflight {
            state = .judging
            return .judge
        }
        state = .teardown
        return .stopTestbed
    }

    private mutating func proceed() -> Action {
        switch state {
        case .preflight:
            state = .testbed
            return .startTestbed
        case .testbed:
            state = .starting
            return .startWorkload
        case .starting:
            guard hasWorkload else { return confirmOrBegin() }
            state = .warmup
            return .hold(.warmup)
        case .warmup:
            state = .baseline
            return .hold(.baseline)
        case .baseline:
            return confirmOrBegin()
        case .confirming:
            return step(0)
        case .method(let index):
            return step(index + 1)
        case .recovery:
            guard hasWorkload else { return teardown() }
            state = .draining
            return .drain
        case .draining:
            return teardown()
        case .idle, .teardown, .judging, .finished:
            preconditionFailure("handled before")
        }
    }

    private mutating func confirmOrBegin() -> Action {
        guard hasSteadyState else { return step(0) }
        state = .confirming
        return .confirmSteadyState
    }

    private mutating func step(_ index: Int) -> Action {
        guard index < steps else {
            guard hasWorkload || hasSteadyState else { return teardown() }
            state = .recovery
            return .awaitRecovery
        }
        state = .method(index)
        return .runStep(index)
    }

    private mutating func teardown() -> Action {
        state = .teardown
        return .stopTestbed
    }
}
