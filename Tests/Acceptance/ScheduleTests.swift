import Foundation
import Kernel
import Records
import Scheduler
import Testing

/// The service that runs schedules, killed and ended in the middle of drills.
@Suite("A service that runs schedules", .serialized)
struct ScheduleTests {
    private static func store(of command: DrillCommand) throws -> SQLiteScheduleStore {
        try SQLiteScheduleStore(
            ScheduleDirectory("\(command.state)/schedules"), owner: "test")
    }

    /// How often the service is killed at random instants; experiments ask for more.
    private static var kills: Int {
        ProcessInfo.processInfo.environment["FIREDRILL_SCHEDULE_KILLS"].flatMap(Int.init) ?? 20
    }

    /// Waits until an occurrence is in a state; fails after 30 s.
    static func waitFor(
        _ state: Occurrence.State, of schedule: String, in store: any ScheduleStore
    ) async throws -> Occurrence {
        for _ in 0..<1500 {
            if let found = try store.occurrences(of: schedule, limit: 100)
                .first(where: { $0.state == state })
            {
                return found
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try #require(nil, "no occurrence became \(state)")
    }

    @Test(
        "A drill whose service is killed leaves nothing, and the next service says it was aborted")
    func killedInDrill() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/held-fault.yaml"
        try Self.heldFault.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(
            try await command.run(["schedule", "add", file, "--every", "1h"]) == 0,
            "\(command.output)")
        #expect(try await command.run(["schedule", "run-now", "held-fault"]) == 0)
        let store = try Self.store(of: command)
        let first = try command.start(["schedule", "run"], output: "service.txt")
        let running = try await Self.waitFor(.running, of: "held-fault", in: store)
        try await Self.waitForFault(of: #require(running.drill), command)
        try first.signal(SIGKILL)
        _ = await first.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")

        let second = try command.start(["schedule", "run"], output: "service.txt")
        let aborted = try await Self.waitFor(.aborted, of: "held-fault", in: store)
        #expect(aborted.identifier == running.identifier)
        #expect(aborted.drill == running.drill)
        try second.signal(SIGTERM)
        #expect(await second.wait() == .exited(0))
        #expect(command.drills.count == 1)
    }

    @Test("A service that is asked to end aborts its drill first, with everything taken out")
    func terminatedInDrill() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/held-fault.yaml"
        try Self.heldFault.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await command.run(["schedule", "add", file, "--every", "1h"]) == 0)
        #expect(try await command.run(["schedule", "run-now", "held-fault"]) == 0)
        let store = try Self.store(of: command)
        let service = try command.start(["schedule", "run"], output: "service.txt")
        let running = try await Self.waitFor(.running, of: "held-fault", in: store)
        try await Self.waitForFault(of: #require(running.drill), command)
        try service.signal(SIGTERM)
        #expect(await service.wait() == .exited(0))
        #expect(try command.verdict().outcome == .aborted)
        let kept = try store.occurrences(of: "held-fault", limit: 10)
        #expect(kept.map(\.state) == [.ended])
        #expect(kept.map(\.exitCode) == [6])
        #expect(Residue.find(of: command.directory).isEmpty)
    }

    @Test("Killed again and again at random instants, it runs nothing twice and loses nothing")
    func killedAtRandom() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let names = ["one", "two", "three"]
        for (name, missed) in zip(names, ["skip", "once", "all"]) {
            #expect(
                try await command.run([
                    "schedule", "add", DrillCommand.playbook("one-probe"), "--every", "1s",
                    "--name", name, "--missed", missed, "--overlap", "queue",
                ]) == 0, "\(command.output)")
        }
        let arguments = ["schedule", "run", "--drills-per-host", "3", "--drills-per-target", "3"]
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<Self.kills {
            let service = try command.start(arguments, output: "service.txt")
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...900, using: &generator)))
            try service.signal(SIGKILL)
            _ = await service.wait()
        }
        let last = try command.start(arguments, output: "service.txt")
        try await Task.sleep(for: .seconds(1))
        try last.signal(SIGTERM)
        #expect(await last.wait() == .exited(0))
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        try account(for: names, command)
        #expect(try Self.store(of: command).takeUntold(limit: 10).isEmpty)
    }

    /// Every due time up to the watermark is one record, and no drill belongs to two.
    private func account(for names: [String], _ command: DrillCommand) throws {
        let store = try Self.store(of: command)
        var drills: [String] = []
        var unnamed = 0
        for name in names {
            let stored = try #require(try store.schedule(name))
            guard case .every(_, let anchor) = stored.schedule.rules.trigger else {
                Issue.record("\(stored.schedule.rules.trigger) is no interval")
                continue
            }
            let kept = try store.occurrences(of: name, limit: 100_000)
            let decided = kept.reduce(0) { $0 + 1 + $1.missedBefore }
            #expect(decided == Int((stored.watermark - anchor).components.seconds), "\(name)")
            #expect(decided > 3)
            // Who waited when the service was asked to end waits for the next one.
            #expect(!kept.contains { [.starting, .running].contains($0.state) })
            let begun = kept.filter { [.ended, .aborted].contains($0.state) }
            drills += begun.compactMap(\.drill)
            unnamed += begun.count { $0.drill == nil }
        }
        #expect(Set(drills).count == drills.count)
        // A drill may have begun to exist in the instant in which its service was killed.
        let others = Set(
            command.drills.map { $0.split(separator: "/").last.map(String.init) ?? "" }
        )
        .subtracting(drills)
        #expect(others.count <= unnamed)
        #expect(!drills.isEmpty)
    }

    static func waitForFault(of drill: String, _ command: DrillCommand) async throws {
        let events = "\(command.directory)/evidence/\(drill)/events.jsonl"
        for _ in 0..<1000 {
            let text = (try? String(contentsOfFile: events, encoding: .utf8)) ?? ""
            if text.contains("faultInjected") { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("no fault went in")
    }

    /// A fault that stays until somebody ends the drill.
    static let heldFault = """
        playbook: held-fault
        title: A standby that hears nothing for a minute
        hypothesis: The fault ends with the drill.
        target: { kind: reference, nodes: 2, lease: 1 s }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 5 s, drain: 5 s }
        method:
          - { fault: process.kill, on: { role: standby, pick: one }, signal: STOP, for: 60 s }
        expect:
          - { check: no_crash }
        limits: { processes: 1 }
        """
}
