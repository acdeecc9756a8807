import Checks
import Playbooks
import Probes
import Records
import Systems
import Workloads

extension RunningDrill {
    func hold(_ phase: Phase) async throws {
        let duration = phase == .warmup ? playbook.timing.warmup : playbook.timing.baseline
        try await Task.sleep(for: duration)
    }

    /// Starts the probes that the steady state names.
    func startSteadyProbes() {
        for condition in playbook.steadyState {
            if case .probe(let step) = condition { startProbe(step) }
        }
    }

    /// Runs a probe beside the method until the drill ends.
    func startProbe(_ step: ProbeStep) {
        do {
            let runner = try ProbeRunner(step: step, context: probeContext)
            let log = self.log
            let probing = self.probing
            jobs.start {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await runner.run { log.record($0) } }
                    group.addTask { await probing.wait() }
                    await group.next()
                    group.cancelAll()
                }
            }
        } catch {
            interrupt(.broken("\(error)"))
        }
    }

    var probeContext: ProbeContext {
        let clock = self.clock
        return ProbeContext(testbed: testbed, now: { clock.now() })
    }

    /// Asks whether the steady state holds; waits a little, for a probe may have just begun.
    func confirmSteadyState() async throws -> DrillMachine.Event {
        let wait = max(playbook.timing.baseline, .seconds(5))
        let reason = try await waitUntilSteady(atMost: wait)
        steadyState.confirm(reason)
        return reason.map { .steadyStateMissing($0) } ?? .succeeded
    }

    /// Waits for the steady state; returns nil when it holds, or why it did not in time.
    func waitUntilSteady(atMost bound: Duration) async throws -> String? {
        let deadline = clock.now() + Nanoseconds(bound)
        var reason = "the steady state was not there"
        repeat {
            switch steadyState.state {
            case .holds: return nil
            case .lost(let why), .unknown(let why): reason = why
            }
            try await Task.sleep(for: .milliseconds(250))
        } while clock.now() < deadline
        return reason
    }

    /// Waits for the steady state, and then keeps the load going until recovery can be judged.
    func awaitRecovery() async throws {
        guard !playbook.steadyState.isEmpty else {
            // Nothing says when the service is steady again: what came after the last fault is seen
            // for as long as the checks may need, within what the playbook allows.
            guard !playbook.workload.isEmpty else { return }
            let needed = max(.seconds(6), CheckCatalogue.observationTime(for: playbook))
            return try await Task.sleep(for: min(playbook.timing.recovery, needed))
        }
        if let reason = try await waitUntilSteady(atMost: playbook.timing.recovery) {
            note(.warning, "recovery", "the steady state did not come back: \(reason)")
            return
        }
        guard !playbook.workload.isEmpty else { return }
        try await sustainUntilJudged()
    }

    /// Holds the load until every recovery check holds on what was seen, or has had its time.
    ///
    /// A check of recovery needs load after the recovery to tell it from a lull; how much depends
    /// on what it sees, so the check itself is asked.
    private func sustainUntilJudged() async throws {
        let expectations = playbook.expectations.filter { $0.kind == "recovery" }
        let bound = CheckCatalogue.observationTime(for: playbook) + .seconds(1)
        let deadline = clock.now() + Nanoseconds(bound)
        try await Task.sleep(for: .seconds(6))
        while clock.now() < deadline {
            let judged = judgedEvidence()
            let isHeld = try expectations.allSatisfy { expectation in
                let check = try CheckCatalogue.make(expectation, playbook: playbook)
                return check.judge(judged).status == .held
            }
            if isHeld { return }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Stops the producers, and lets consumers empty the queue on every node.
    func drain() async throws {
        guard let workload, let testbed else { return }
        let queue = playbook.workload.queue
        let report = await workload.drain(atMost: playbook.timing.drain) { node in
            try await testbed.depth(of: queue, on: node)
        }
        isDrained = report.isDrained
        do {
            deadLetters = try await testbed.deadLetters(of: queue)
        } catch {
            isDrained = false
            note(.warning, "drain", "the dead letters could not be read: \(error)")
        }
        let depths = report.depths.sorted { $0.key < $1.key }.map { node, depth in
            "\(node): \(depth.ready) ready, \(depth.delayed) delayed, \(depth.leased) leased, "
                + "\(depth.dead) dead"
        }
        note(
            report.isDrained ? .note : .warning, "drain",
            "\(report.isDrained ? "drained" : "not drained") in \(report.took.duration.text); "
                + depths.joined(separator: "; "))
    }
}
