import Drills
import Records
import Testing

@Suite("The order of a drill")
struct DrillMachineTests {
    /// Feeds `event` at the action `at`, success everywhere else, and lists the actions.
    private func actions(
        steps: Int = 2, hasWorkload: Bool = true, hasSteadyState: Bool = true,
        at special: DrillMachine.Action? = nil, event: DrillMachine.Event = .succeeded
    ) -> ([DrillMachine.Action], DrillMachine) {
        var machine = DrillMachine(
            steps: steps, hasWorkload: hasWorkload, hasSteadyState: hasSteadyState)
        var actions = [machine.start()]
        while let last = actions.last, last != .finish, actions.count < 50 {
            actions.append(machine.handle(last == special ? event : .succeeded))
        }
        return (actions, machine)
    }

    @Test("A whole drill goes through every phase in order")
    func wholeDrill() {
        let (actions, machine) = actions()
        #expect(
            actions == [
                .runPreflight, .startTestbed, .startWorkload, .hold(.warmup), .hold(.baseline),
                .confirmSteadyState, .runStep(0), .runStep(1), .awaitRecovery, .drain,
                .stopTestbed, .judge, .finish,
            ])
        #expect(machine.interruption == nil)
    }

    @Test("A playbook of probes alone has no load, no recovery and no drain")
    func probesAlone() {
        let (actions, _) = actions(steps: 1, hasWorkload: false, hasSteadyState: false)
        #expect(
            actions == [
                .runPreflight, .startTestbed, .startWorkload, .runStep(0), .stopTestbed, .judge,
                .finish,
            ])
    }

    @Test("A refusal in preflight touches nothing")
    func refusal() {
        let (actions, machine) = actions(at: .runPreflight, event: .refused("no disk named"))
        #expect(actions == [.runPreflight, .judge, .finish])
        #expect(machine.interruption == .refused("no disk named"))
    }

    @Test("A missing steady state ends the drill before the first fault")
    func steadyStateMissing() {
        let (actions, machine) = actions(
            at: .confirmSteadyState, event: .steadyStateMissing("p99 too high"))
        #expect(!actions.contains(.runStep(0)))
        #expect(actions.suffix(3) == [.stopTestbed, .judge, .finish])
        #expect(machine.interruption == .preconditionUnmet("p99 too high"))
    }

    @Test(
        "Whatever fails, the testbed is stopped and a verdict is given",
        arguments: [
            .startTestbed, .startWorkload, .hold(.warmup), .hold(.baseline), .confirmSteadyState,
            .runStep(0), .runStep(1), .awaitRecovery, .drain,
        ] as [DrillMachine.Action])
    func failure(at action: DrillMachine.Action) {
        for event in [DrillMachine.Event.failed("broke"), .cancelled] {
            let (actions, machine) = actions(at: action, event: event)
            #expect(actions.suffix(4) == [action, .stopTestbed, .judge, .finish])
            #expect(machine.interruption != nil)
        }
    }

    @Test("The first reason to end early is kept, later failures are listed")
    func firstReasonStands() {
        var machine = DrillMachine(steps: 0, hasWorkload: false, hasSteadyState: false)
        _ = machine.start()
        machine.interrupt(.aborted("SIGINT"))
        machine.interrupt(.broken("the guardian died"))
        #expect(machine.interruption == .aborted("SIGINT"))
        #expect(machine.failures == ["the guardian died"])
        #expect(machine.handle(.cancelled) == .judge)
    }
}
