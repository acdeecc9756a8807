import Checks
import Playbooks
import Records
import Systems
import Undo
import Workloads

extension RunningDrill {
    /// Starts what runs from the first moment to the last: the flush of evidence and the progress.
    func startBackground(observer: any DrillObserver) {
        jobs.start { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(200))
                await flush()
            }
        }
        jobs.start { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                if let progress = await progress() { observer.drillProgressed(progress) }
            }
        }
        if let bound = [playbook.limits.duration, options.policy.duration].compactMap(\.self).min()
        {
            jobs.start { [interrupt] in
                guard (try? await Task.sleep(for: bound)) != nil else { return }
                interrupt(.aborted("the drill took longer than its limits allow: \(bound.text)"))
            }
        }
        if !options.policy.hoursText.isEmpty {
            jobs.start { [self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(500))
                    let now = LocalTime.now
                    guard await isAdmitted,
                        !options.policy.isOpen(day: now.day, minute: now.minute)
                    else { continue }
                    let hours = options.policy.hoursText
                    return interrupt(
                        .aborted("the hours in which drills may run are over: \(hours)"))
                }
            }
        }
        jobs.start { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                try? presence.renew()
                guard await isAdmitted, let order = options.haltOrders.standing() else { continue }
                return interrupt(.aborted(order.text))
            }
        }
    }

    /// Follows what becomes of the host's processors from the start of the load on.
    func startHostWatch() {
        jobs.start { [log, clock] in
            var watch = HostLoadWatch()
            while !Task.isCancelled {
                if let load = watch.look(at: clock.now()) { log.record(load) }
                try? await Task.sleep(for: HostLoadWatch.period)
            }
        }
    }

    /// Watches the abort conditions of the playbook, once the workload runs.
    func startAbortWatch() {
        let conditions = playbook.abortConditions
        guard !conditions.isEmpty else { return }
        jobs.start { [self] in
            var evaluator = AbortEvaluator(conditions: conditions)
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                let now = clock.now()
                for name in Set(evaluator.metricNames) {
                    evaluator.observe(
                        metric: name, value: metrics.value(of: name, over: .seconds(1), at: now),
                        at: now)
                }
                if let reason = evaluator.reason(at: now) {
                    log.record(
                        Event(time: now, kind: .abortRequested, message: "abort: \(reason)"))
                    interrupt(.aborted(reason))
                    return
                }
            }
        }
    }

    /// Follows the steady state from the start of the load to the end of the drill.
    func startSteadyWatch() {
        guard !playbook.steadyState.isEmpty else { return }
        jobs.start { [self] in
            while !Task.isCancelled, !probing.isRaised {
                await observeSteadyState()
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func observeSteadyState() {
        let now = clock.now()
        let change = steadyState.observe(at: now, samples: log.samples) { name in
            metrics.value(of: name, over: .seconds(1), at: now)
        }
        switch change {
        case .holds: note(.steadyRegained, "", "the steady state holds")
        case .lost(let reason), .unknown(let reason):
            note(.steadyLost, "", "steady state lost: \(reason)")
        case nil: break
        }
    }

    /// Writes what has gathered since the last time; stops the drill when evidence cannot be kept.
    func flush() {
        if let testbed {
            let observations = testbed.wire.observations(from: wireWritten)
            wireWritten += observations.count
            writer.record(observations)
        }
        writer.flush()
        if let failure = writer.failure {
            interrupt(.broken("the evidence is incomplete: \(failure)"))
        }
        if operations.isFull {
            interrupt(.broken("the drill has more operations than evidence can hold"))
        }
    }

    private func progress() -> DrillProgress? {
        guard let phase, workload != nil else { return nil }
        let now = clock.now()
        let snapshot = metrics.snapshot(at: now)
        return DrillProgress(
            time: now, phase: phase, attempted: snapshot.sent,
            acknowledged: snapshot.acknowledged, delivered: snapshot.delivered,
            rate: metrics.value(of: "enqueue.rate", over: .seconds(1), at: now),
            errorRate: snapshot.errorRate?.fraction, p99: snapshot.enqueueP99,
            faults: faultsIn.sorted { $0.key < $1.key }.map { playbook.secrets.redact($0.value) })
    }
}
