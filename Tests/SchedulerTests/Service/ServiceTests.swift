import Foundation
import Kernel
import Scheduler
import Synchronization
import Testing

/// Drills that end as soon as they are told to, or at once.
final class HeldLauncher: DrillLauncher {
    private struct State {
        var runs: [OccurrenceIdentifier] = []
        var waiters: [OccurrenceIdentifier: CheckedContinuation<DrillEnd, Never>] = [:]
    }

    private let state = Mutex(State())
    private let holds: Bool

    init(holds: Bool = false) { self.holds = holds }

    var runs: [OccurrenceIdentifier] { state.withLock(\.runs) }

    func run(
        _ identifier: OccurrenceIdentifier, _ rules: ScheduleRules,
        started: @escaping @Sendable (String) -> Void
    ) async -> DrillEnd {
        started("drill-\(identifier.due.seconds)")
        guard holds else {
            state.withLock { $0.runs.append(identifier) }
            return .exited(0)
        }
        return await withCheckedContinuation { continuation in
            state.withLock {
                $0.runs.append(identifier)
                $0.waiters[identifier] = continuation
            }
        }
    }

    func stop(_ identifier: OccurrenceIdentifier) {
        state.withLock { $0.waiters.removeValue(forKey: identifier) }?
            .resume(returning: .exited(6))
    }

    func drill(of identifier: OccurrenceIdentifier) -> String? { nil }
}

@Suite("The service that runs schedules")
struct ServiceTests {
    private let scratch: ScheduleScratch

    init() throws { scratch = try ScheduleScratch() }

    private static func add(
        _ name: String, to store: any ScheduleStore, due milliseconds: Int64
    ) throws {
        let now = Moment(nanoseconds: RealTimeClock.now)
        let rules = ScheduleRules(
            playbook: "p.yaml", target: "t", trigger: .at(now + .milliseconds(milliseconds)))
        try store.put(Schedule(name: name, rules: rules), watermark: now, replacing: false)
    }

    /// Runs a service until something holds, at most 20 s, and stops it.
    private func run(
        _ launcher: HeldLauncher, until isDone: @escaping @Sendable () throws -> Bool
    ) async throws {
        let service = try SchedulerService(
            store: try scratch.store(), launcher: launcher,
            preflight: Preflight(incidentFlag: nil, halted: { nil }),
            limits: SchedulerLimits(host: 10, target: 10), notify: { _ in })
        async let running: Void = service.run()
        for _ in 0..<2000 where try !isDone() { try await Task.sleep(for: .milliseconds(10)) }
        service.stop()
        try await running
        #expect(try isDone())
    }

    @Test("A drill that is due runs, and what came of it is kept")
    func runsWhatIsDue() async throws {
        let store = try scratch.store("command")
        try Self.add("a", to: store, due: 50)
        let launcher = HeldLauncher()
        try await run(launcher) { try store.occurrences(of: "a", limit: 1).first?.state == .ended }
        let kept = try #require(try store.occurrences(of: "a", limit: 10).first)
        #expect(kept.exitCode == 0)
        #expect(kept.drill == "drill-\(kept.identifier.due.seconds)")
        #expect(launcher.runs == [kept.identifier])
    }

    @Test("A schedule that is added, and a drill that is asked for, are seen while it runs")
    func seesChanges() async throws {
        let store = try scratch.store("command")
        let launcher = HeldLauncher()
        let now = Moment(nanoseconds: RealTimeClock.now)
        let hourly = ScheduleRules(
            playbook: "p.yaml", target: "t", trigger: .every(.seconds(3600), anchor: now))
        let asked = OccurrenceIdentifier(schedule: "hourly", due: now)
        let isAsked = Mutex(false)
        try await run(launcher) {
            if try store.schedule("late") == nil { try Self.add("late", to: store, due: 100) }
            let isFirst = isAsked.withLock { asked in
                defer { asked = true }
                return !asked
            }
            if isFirst {
                try store.put(
                    Schedule(name: "hourly", rules: hourly), watermark: now, replacing: false)
                try store.ask(for: asked)
            }
            return launcher.runs.count == 2
        }
        #expect(launcher.runs.contains(asked))
    }

    @Test("A service that is stopped ends its drills, and nothing is left open")
    func stopsDrills() async throws {
        let store = try scratch.store("command")
        try Self.add("a", to: store, due: 10)
        let launcher = HeldLauncher(holds: true)
        try await run(launcher) { launcher.runs.count == 1 }
        let kept = try store.occurrences(of: "a", limit: 10)
        #expect(kept.map(\.state) == [.ended])
        #expect(kept.map(\.exitCode) == [6])
        #expect(try scratch.store("next").takeOver(at: Moment(seconds: 0)).aborted.isEmpty)
    }
}
