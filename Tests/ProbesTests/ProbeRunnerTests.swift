import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Probes

/// A probe whose questions take as long as a test says, on a clock that stands still otherwise.
private final class ScriptedProbe: Probe {
    static let declaration = KindDeclaration(kind: "scripted", summary: "Answers by a script.")

    private struct State {
        var takes: [Duration]
        var asked: [DrillTime] = []
        var isClosed = false
    }

    private let clock: FakeClock
    private let state: Mutex<State>

    init(step: ProbeStep) throws { throw ProbeError(step, "is made by tests alone") }

    /// The first questions take so long, in turn; later ones take no time.
    init(clock: FakeClock, takes: [Duration] = []) {
        self.clock = clock
        state = Mutex(State(takes: takes))
    }

    var asked: [DrillTime] { state.withLock(\.asked) }
    var isClosed: Bool { state.withLock(\.isClosed) }

    func planned(_ shown: (String) -> String) -> [String] { [] }
    func ask(context: ProbeContext) async -> [ProbeSample] {
        let started = context.now()
        let duration = state.withLock { state in
            state.asked.append(started)
            return state.takes.isEmpty ? Duration.zero : state.takes.removeFirst()
        }
        clock.advance(by: duration)
        return [
            ProbeSample(
                probe: "p", started: started, ended: context.now(), result: .healthy, answer: "ok")
        ]
    }

    func close() async { state.withLock { $0.isClosed = true } }
}

/// A probe that answers only when its task is cancelled.
private struct EndlessProbe: Probe {
    static let declaration = KindDeclaration(kind: "endless", summary: "Never answers.")

    init(step: ProbeStep) throws {}

    func planned(_ shown: (String) -> String) -> [String] { [] }
    func ask(context: ProbeContext) async -> [ProbeSample] {
        try? await Task.sleep(for: .seconds(3600))
        return [
            ProbeSample(
                probe: "p", started: .zero, ended: .zero, result: .unknown, answer: "cancelled")
        ]
    }
}

@Suite("The runner of probes")
struct ProbeRunnerTests {
    @Test("a schedule keeps to absolute times and skips what has passed")
    func schedule() {
        func time(_ milliseconds: Int64) -> DrillTime {
            DrillTime(nanoseconds: milliseconds * 1_000_000)
        }
        var schedule = ProbeSchedule(start: time(100), every: .milliseconds(10))
        #expect(schedule.advance(now: time(100)).due == time(100))
        #expect(schedule.advance(now: time(103)).due == time(110))
        #expect(schedule.advance(now: time(119)).due == time(120))
        let late = schedule.advance(now: time(155))
        #expect(late.due == time(150))
        #expect(late.skipped == .init(first: time(130), last: time(140), count: 2))
        let next = schedule.advance(now: time(156))
        #expect(next.due == time(160))
        #expect(next.skipped == nil)
        let hour = schedule.advance(now: time(3_600_000))
        #expect(hour.skipped?.count == 359_983)
        #expect(hour.due == time(3_600_000))
    }

    /// Runs a scripted probe on a clock of its own for some sleeps, then cancels it.
    private func run(
        every: Duration?, takes: [Duration], sleeps: Int
    ) async -> (probe: ScriptedProbe, samples: [ProbeSample]) {
        let clock = FakeClock()
        let probe = ScriptedProbe(clock: clock, takes: takes)
        let recorder = Recorder()
        let left = Mutex(sleeps)
        let runner = ProbeRunner(
            probe: probe, step: ProbeStep(kind: "scripted", name: "p", every: every),
            context: ProbeContext(testbed: nil, now: { clock.now }),
            sleep: { duration in
                let isOver = left.withLock { left in
                    left -= 1
                    return left < 0
                }
                guard !isOver else { throw CancellationError() }
                clock.advance(by: duration)
            })
        await runner.run { recorder.record($0) }
        return (probe, recorder.samples)
    }

    @Test("a probe with a period asks at the start and at every period after it")
    func period() async {
        let (probe, samples) = await run(
            every: .milliseconds(100), takes: [.milliseconds(30), .milliseconds(99)], sleeps: 3)
        #expect(probe.asked.map(\.nanoseconds) == [0, 100_000_000, 200_000_000, 300_000_000])
        #expect(samples.map(\.result) == [.healthy, .healthy, .healthy, .healthy])
        #expect(probe.isClosed)
    }

    @Test("times that pass during a question are recorded as skipped, in one sample a run")
    func skipped() async {
        let (probe, samples) = await run(
            every: .milliseconds(100), takes: [.milliseconds(450), .milliseconds(190)], sleeps: 1)
        // Asked late at 450 ms for the time 400; its answer came at 640 ms, when 500 had passed.
        #expect(probe.asked.map(\.nanoseconds) == [0, 450_000_000, 640_000_000, 700_000_000])
        #expect(samples.map(\.answer) == ["ok", "skipped 3", "ok", "skipped", "ok", "ok"])
        #expect(samples[1].result == .unknown)
        #expect(samples[1].started.nanoseconds == 100_000_000)
        #expect(samples[1].ended.nanoseconds == 300_000_000)
    }

    @Test("a probe without a period asks once")
    func once() async {
        let (probe, samples) = await run(every: nil, takes: [], sleeps: 0)
        #expect(samples.count == 1)
        #expect(probe.isClosed)
    }

    @Test("cancelling ends a question in flight, whose cut answer is not recorded")
    func cancel() async throws {
        let recorder = Recorder()
        let step = ProbeStep(kind: "endless", name: "p", every: .seconds(1))
        let runner = ProbeRunner(
            probe: try EndlessProbe(step: step), step: step, context: .real())
        let task = Task { await runner.run { recorder.record($0) } }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await task.value
        #expect(recorder.samples.isEmpty)
    }

    @Test("a runner on the real clock records answers until it is cancelled")
    func realClock() async throws {
        let recorder = Recorder()
        let step = ProbeStep(
            kind: "status", name: "word", selector: Selector(pick: .all), every: .milliseconds(2))
        let testbed = FakeTestbed(
            [FakeTestbed.node("a", .single)],
            answers: ["a": .init(result: .healthy, answer: "ready")])
        let runner = try ProbeRunner(step: step, context: .real(testbed))
        let task = Task { await runner.run { recorder.record($0) } }
        for _ in 0..<5000 {
            guard recorder.samples.count(where: { $0.result == .healthy }) < 5 else { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        task.cancel()
        await task.value
        let answers = recorder.samples.filter { $0.result == .healthy }
        #expect(answers.count >= 5)
        #expect(answers.allSatisfy { $0.probe == "word" && $0.node == "a" })
        #expect(zip(answers, answers.dropFirst()).allSatisfy { $0.started < $1.started })
    }
}
