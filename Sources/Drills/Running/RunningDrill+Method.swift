import Faults
import Playbooks
import Probes
import Records
import Systems
import Undo

extension RunningDrill {
    /// Performs one step of the method, and the steps inside it.
    func run(_ step: Step) async throws {
        switch step {
        case .fault(let step): try await run(step)
        case .wait(let step): try await run(step)
        case .probe(let step): try await run(step)
        case .parallel(let steps): try await runTogether(steps)
        }
    }

    private func runTogether(_ steps: [Step]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in steps {
                group.addTask { try await self.run(step) }
            }
            // One step's failure ends the others: their faults come out before this returns.
            for try await _ in group {}
        }
    }

    private func run(_ step: FaultStep) async throws {
        guard let undo else { throw DrillError("inject \(step.name)", reason: "no guardian runs") }
        let identifier = "f\(nextFault)"
        nextFault += 1
        let fault = try FaultCatalogue.make(
            step: step, identifier: identifier, limits: playbook.limits)
        let clock = self.clock
        let log = self.log
        let context = FaultContext(
            testbed: testbed, undo: undo, limits: playbook.limits, host: host,
            now: { clock.now() }, seed: options.seed, report: { log.record($0) },
            limitsUsed: limitsUsed, policy: options.policy,
            protected: [undo.guardian, undo.standby], locks: locks)
        faultsIn[identifier] = step.name
        let record = await FaultLife(fault, context: context).run()
        faultsIn[identifier] = nil
        faultRecords.append(record)
    }

    private func run(_ step: WaitStep) async throws {
        switch step.goal {
        case .time(let duration):
            try await Task.sleep(for: duration)
        case .steady(let bound):
            if let reason = try await waitUntilSteady(atMost: bound) {
                note(
                    .warning, "wait",
                    "the steady state was not back after \(bound.text): \(reason)")
            }
        }
    }

    private func run(_ step: ProbeStep) async throws {
        guard step.every == nil else { return startProbe(step) }
        let probe = try ProbeCatalogue.make(step)
        for sample in await probe.ask(context: probeContext) { log.record(sample) }
        await probe.close()
    }
}
