public import Kernel
import Playbooks
public import Records
import Synchronization
import Undo

/// Runs one drill: performs what ``DrillMachine`` asks for, and gives it what came of it.
///
/// Nine phases, in this order and with no way around them: preflight, testbed, warm-up, baseline,
/// method, recovery, drain, teardown, judgement. A request to stop cancels what is under way; every
/// fault is then taken out before anything else happens.
public final class DrillRunner: Sendable {
    private let options: DrillOptions
    private let observer: any DrillObserver
    private let machine: Mutex<DrillMachine>
    private let interruption = InterruptionSignal()
    /// When the request to stop came, and when every fault was out: CLOCK_MONOTONIC.
    private let abortTimes = Mutex<(requested: Int64, ended: Int64?)?>(nil)

    public init(options: DrillOptions, observer: any DrillObserver) {
        var options = options
        let secrets = options.playbook.secrets
        // Somebody may have written the value itself into the playbook or the command.
        options.playbookText = secrets.redact(options.playbookText)
        options.command = secrets.redact(options.command)
        self.options = options
        self.observer = observer
        machine = Mutex(
            DrillMachine(
                steps: options.playbook.method.count,
                hasWorkload: !options.playbook.workload.isEmpty,
                hasSteadyState: !options.playbook.steadyState.isEmpty))
    }

    /// Asks the drill to end early: every fault is taken out, the testbed stopped, a verdict given.
    public func abort(_ reason: String) {
        interrupt(.aborted(reason))
    }

    /// Runs the drill to its end.
    ///
    /// Throws only when there is no place for evidence; everything else that goes wrong is in the
    /// verdict.
    public func run() async throws -> DrillResult {
        let clock = DrillClock()
        let startedAt = RealTimeClock.now
        var header = DrillHeader(
            identifier: DrillIdentifier.make(
                playbook: options.playbook.name, at: startedAt / 1_000_000_000,
                random: .random(in: 0...0xff_ffff)),
            playbook: options.playbook.name, title: options.playbook.title,
            hypothesis: options.playbook.hypothesis, tags: options.playbook.tags,
            seed: options.seed, startedAt: startedAt,
            command: options.command)
        header = try options.playbook.secrets.redacted(header)
        let writer = try EvidenceWriter(
            root: options.evidenceRoot, header: header, playbookText: options.playbookText)
        observer.drillStarted(header, directory: writer.directory.path)
        let jobs = BackgroundJobs()
        let drill = RunningDrill(
            options: options, header: header, clock: clock, writer: writer,
            log: EventLog(
                writer: writer, observer: observer, secrets: options.playbook.secrets), jobs: jobs,
            interrupt: { [self] reason in interrupt(reason) })
        let verdict = await jobs.run { [self] in await drive(drill) }
        // What is still in stays known to the others.
        if verdict.outcome != .residual { drill.presence.leave() }
        writer.close()
        observer.drillEnded(verdict)
        return DrillResult(
            directory: writer.directory, held: writer.held, verdict: verdict,
            evidence: await drill.evidence(verdict))
    }

    private func drive(_ drill: RunningDrill) async -> Verdict {
        await drill.startBackground(observer: observer)
        var action = machine.withLock { $0.start() }
        var phase: Phase?
        var verdict: Verdict?
        while action != .finish {
            let next = machine.withLock(\.phase)
            if next != phase {
                await drill.changePhase(from: phase, to: next)
                phase = next
            }
            if action == .judge {
                let (interruption, failures) = machine.withLock { ($0.interruption, $0.failures) }
                verdict = await drill.judge(
                    interruption: interruption, failures: failures, abortLatency: abortLatency)
                action = machine.withLock { $0.handle(.succeeded) }
            } else {
                let event = await perform(action, of: drill)
                action = machine.withLock { $0.handle(event) }
            }
        }
        guard let verdict else { preconditionFailure("a drill is judged before it ends") }
        return verdict
    }

    /// Performs an action, and cancels it when the drill is interrupted meanwhile.
    private func perform(
        _ action: DrillMachine.Action, of drill: RunningDrill
    ) async -> DrillMachine.Event {
        guard action != .stopTestbed else { return await drill.perform(action) }
        let interruption = self.interruption
        let event = await withTaskGroup(of: DrillMachine.Event?.self) { group in
            group.addTask { await drill.perform(action) }
            group.addTask {
                await interruption.wait()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // The action ends only after its faults are out: undo cannot be cancelled.
            let ended = (await group.next() ?? nil) ?? .cancelled
            return ended == .succeeded ? .cancelled : ended
        }
        if interruption.isRaised {
            abortTimes.withLock { times in
                if let requested = times?.requested, times?.ended == nil {
                    times = (requested, MonotonicClock.now)
                }
            }
        }
        return event
    }

    private func interrupt(_ reason: DrillMachine.Interruption) {
        machine.withLock { $0.interrupt(reason) }
        abortTimes.withLock { $0 = $0 ?? (MonotonicClock.now, nil) }
        interruption.raise()
    }

    private var abortLatency: Nanoseconds? {
        abortTimes.withLock { times in
            guard let times, let ended = times.ended else { return nil }
            return Nanoseconds(ended - times.requested)
        }
    }
}

/// What is left of a drill: its verdict, and where its evidence is.
public struct DrillResult: Sendable {
    public var directory: EvidenceDirectory
    /// The same, held: where its reports come.
    public var held: HeldDirectory
    public var verdict: Verdict
    public var evidence: Evidence
}
