import Foundation
import Kernel
import Scheduler
import Testing

/// The store that several services share, on a server of the test's own.
@Suite("A schedule in PostgreSQL")
struct SharedStoreTests {
    private let start = Moment(seconds: 1_800_000_000)

    private func schedule() throws -> Schedule {
        var rules = ScheduleRules(
            playbook: "p.yaml", target: "t", trigger: .cron(try CronExpression("0 10 * * MON")))
        rules.zone = try Zone("Europe/Berlin")
        return Schedule(name: "a", rules: rules)
    }

    /// Runs a test with two services' stores, whose leases last two seconds.
    private func withStores(
        _ body: (PostgresScheduleStore, PostgresScheduleStore) async throws -> Void
    ) async throws {
        let directory =
            FileManager.default.temporaryDirectory.path
            + "/firedrill-postgres-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try await PostgresServer.start(in: directory)
        do {
            let stores = try ["one", "two"].map {
                try PostgresScheduleStore(server.address, owner: $0, lease: .seconds(2))
            }
            for store in stores { try store.renew(at: start) }
            try await body(stores[0], stores[1])
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test("What one service puts in the other sees, and of two decisions on a due time one counts")
    func shared() async throws {
        let schedule = try schedule()
        try await withStores { one, two in
            try one.put(schedule, watermark: start, replacing: false)
            #expect(
                try two.schedule("a") == StoredSchedule(schedule: schedule, watermark: start))
            #expect(throws: ScheduleError.self) {
                try two.put(schedule, watermark: start, replacing: false)
            }
            let identifier = OccurrenceIdentifier(schedule: "a", due: start + .seconds(60))
            let claim = Claim(
                schedule: "a", expected: start, watermark: start + .seconds(60),
                occurrences: [Occurrence(identifier: identifier)])
            #expect(try one.claim([claim]) == [claim])
            #expect(try two.claim([claim]).isEmpty)
            #expect(try two.schedule("a")?.watermark == claim.watermark)
            var changes: [ScheduleChange] = []
            let revision = try two.readChanges(since: nil) { changes.append($0) }
            #expect(changes.count == 1)
            #expect(try one.setPaused("a", true, watermark: start))
            #expect(try one.remove("a"))
            #expect(try !one.remove("a"))
            changes = []
            _ = try two.readChanges(since: revision) { changes.append($0) }
            #expect(changes == [.removed(name: "a")])
            try one.setFreeze(Freeze(until: start, reason: "release week"))
            #expect(try two.freeze()?.reason == "release week")
            try one.changeNote("alerts") { ($0 ?? "first") + ", one" }
            try two.changeNote("alerts") { ($0 ?? "first") + ", two" }
            #expect(throws: CancellationError.self) {
                try two.changeNote("alerts") { _ in throw CancellationError() }
            }
            try one.changeNote("alerts") { text in
                #expect(text == "first, one, two")
                return text
            }
            try two.setFreeze(nil)
            #expect(try one.freeze() == nil)
        }
    }

    @Test(
        "What a silent service ran is taken over once, and the service is told when it speaks again"
    )
    func leases() async throws {
        try await withStores { one, two in
            let identifier = OccurrenceIdentifier(schedule: "a", due: start)
            var occurrence = Occurrence(identifier: identifier, state: .running, drill: "d")
            try one.record([occurrence])
            try two.renew(at: start)
            #expect(try one.takeOver(at: start).aborted.isEmpty)
            var left = Leftovers()
            for _ in 0..<200 where left.aborted.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
                try two.renew(at: start)
                left = try two.takeOver(at: start)
            }
            #expect(left.aborted.map(\.identifier) == [identifier])
            #expect(left.aborted.map(\.drill) == ["d"])
            #expect(try two.takeOver(at: start).aborted.isEmpty)
            #expect(throws: ScheduleError.self) { try one.renew(at: start) }
            occurrence.state = .ended
            #expect(throws: ScheduleError.self) { try one.record([occurrence]) }
            #expect(try two.occurrences(of: "a", limit: 9).map(\.state) == [.aborted])
            // Whoever took it over tells of it, and of nothing that a living service ended.
            #expect(try two.takeUntold(limit: 9).map(\.identifier) == [identifier])
            let other = Occurrence(
                identifier: OccurrenceIdentifier(schedule: "b", due: start), state: .ended)
            try two.record([other])
            #expect(try one.takeUntold(limit: 9).isEmpty)
            try two.noteTold([identifier])
            #expect(try two.takeUntold(limit: 9) == [other])
        }
    }

    @Test("What a person asks for is found by one of both")
    func asked() async throws {
        try await withStores { one, two in
            let identifier = OccurrenceIdentifier(schedule: "a", due: start)
            try one.ask(for: identifier)
            #expect(try two.takeOver(at: start).waiting.map(\.identifier) == [identifier])
            #expect(try one.takeOver(at: start).waiting.isEmpty)
        }
    }
}
