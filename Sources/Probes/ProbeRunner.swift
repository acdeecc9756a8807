public import Playbooks
public import Records

/// Asks one probe at its fixed period and hands every answer to a recorder.
///
/// Times are absolute, so that they do not drift; one question is in flight at a time, and a time
/// that passes meanwhile is recorded as `unknown` with the answer `skipped`.
public struct ProbeRunner: Sendable {
    private let probe: any Probe
    private let step: ProbeStep
    private let context: ProbeContext
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Makes a runner of a step's own probe.
    ///
    /// - Parameter sleep: Waits this long, or throws when the task is cancelled.
    public init(
        probe: any Probe, step: ProbeStep, context: ProbeContext,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        self.probe = probe
        self.step = step
        self.context = context
        self.sleep = sleep
    }

    /// Makes the probe of a step and its runner; throws ``ProbeError``.
    public init(step: ProbeStep, context: ProbeContext) throws {
        self.init(probe: try ProbeCatalogue.make(step), step: step, context: context)
    }

    /// Asks until the task is cancelled, or once when the step has no period; then closes the probe.
    ///
    /// Returns soon after a cancellation. A question that the cancellation cut short is not
    /// recorded: nobody wanted its answer any more.
    public func run(record: @Sendable (ProbeSample) -> Void) async {
        if let period = step.every {
            await askPeriodically(period, record)
        } else {
            await ask(record)
        }
        await probe.close()
    }

    private func askPeriodically(
        _ period: Duration, _ record: @Sendable (ProbeSample) -> Void
    ) async {
        var schedule = ProbeSchedule(start: context.now(), every: period)
        while !Task.isCancelled {
            let (due, skipped) = schedule.advance(now: context.now())
            if let skipped { record(sample(of: skipped)) }
            let wait = (due - context.now()).duration
            if wait > .zero {
                guard (try? await sleep(wait)) != nil else { return }
            }
            await ask(record)
        }
    }

    private func ask(_ record: @Sendable (ProbeSample) -> Void) async {
        guard !Task.isCancelled else { return }
        for sample in await probe.ask(context: context) {
            if Task.isCancelled, sample.result == .unknown { continue }
            record(sample)
        }
    }

    /// One sample for a whole run of skipped times, so that a long stall costs no memory.
    private func sample(of skipped: ProbeSchedule.Skipped) -> ProbeSample {
        ProbeSample(
            probe: step.name, started: skipped.first, ended: skipped.last, result: .unknown,
            answer: skipped.count == 1 ? "skipped" : "skipped \(skipped.count)")
    }
}
