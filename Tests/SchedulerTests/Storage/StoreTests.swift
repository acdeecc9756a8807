import Foundation
import GRDB
import Kernel
import Scheduler
import Testing

/// A directory of schedules that is removed with its owner.
final class ScheduleScratch {
    let path: String
    let directory: ScheduleDirectory

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path
            + "/firedrill-schedules-\(UInt64.random(in: .min ... .max))"
        directory = try ScheduleDirectory(path)
    }

    func store(_ owner: String = "one") throws -> SQLiteScheduleStore {
        try SQLiteScheduleStore(directory, owner: owner)
    }

    /// A store without what later versions added, with a drill that ended and one that runs.
    func makeOlderStore() throws {
        let database = try DatabaseQueue(path: path + "/schedules.sqlite")
        try database.write { database in
            try database.execute(
                sql: """
                    CREATE TABLE occurrence (
                        schedule TEXT NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL,
                        state TEXT NOT NULL, asked INTEGER NOT NULL, drill TEXT, exit_code INTEGER,
                        reason TEXT, missed_before INTEGER NOT NULL, owner TEXT,
                        PRIMARY KEY (schedule, due, attempt)
                    ) WITHOUT ROWID;
                    INSERT INTO occurrence VALUES
                        ('a', 1, 0, 'ended', 0, 'd', 0, NULL, 0, 'gone'),
                        ('a', 2, 0, 'running', 0, 'e', NULL, NULL, 0, 'gone');
                    """)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("The store of schedules")
struct StoreTests {
    private let scratch: ScheduleScratch
    private let start = Moment(seconds: 1_800_000_000)

    init() throws { scratch = try ScheduleScratch() }

    private func schedule(_ name: String) throws -> Schedule {
        var rules = ScheduleRules(
            playbook: "p.yaml", target: "t", trigger: .cron(try CronExpression("0 10 * * MON-THU")))
        rules.zone = try Zone("Europe/Berlin")
        rules.blackouts = [try DateSpan("2026-12-24..2027-01-02")]
        rules.jitter = .seconds(5)
        rules.deadline = .seconds(600)
        rules.settings = ["rate": "400/s"]
        return Schedule(name: name, rules: rules)
    }

    private func claim(_ watermark: Moment) -> Claim {
        Claim(
            schedule: "a", expected: start, watermark: watermark,
            occurrences: [
                Occurrence(identifier: OccurrenceIdentifier(schedule: "a", due: watermark))
            ])
    }

    @Test("A schedule comes back as it was put in, for whoever opens the store next")
    func roundTrip() throws {
        let schedule = try schedule("a")
        try scratch.store().put(schedule, watermark: start, replacing: false)
        let found = try scratch.store("two").schedule("a")
        #expect(found == StoredSchedule(schedule: schedule, watermark: start))
        #expect(throws: ScheduleError.self) {
            try scratch.store().put(schedule, watermark: start, replacing: false)
        }
    }

    @Test("Changes are told once, those of other processes too")
    func changes() throws {
        let store = try scratch.store()
        let other = try scratch.store("command")
        try other.put(try schedule("a"), watermark: start, replacing: false)
        try other.put(try schedule("b"), watermark: start, replacing: false)
        var changes: [ScheduleChange] = []
        var revision = try store.readChanges(since: nil) { changes.append($0) }
        #expect(changes.count == 2)
        #expect(try store.schedules().map(\.schedule.name) == ["a", "b"])
        changes = []
        revision = try store.readChanges(since: revision) { changes.append($0) }
        #expect(changes.isEmpty)
        #expect(try other.setPaused("b", true, watermark: start))
        #expect(try other.remove("a"))
        #expect(try !other.remove("a"))
        _ = try store.readChanges(since: revision) { changes.append($0) }
        let paused = try #require(try other.schedule("b"))
        #expect(paused.schedule.isPaused)
        #expect(changes == [.removed(name: "a"), .put(paused)])
    }

    @Test("Of two that decide on the same due time one is granted it")
    func claimOnce() throws {
        let (one, two) = (try scratch.store("one"), try scratch.store("two"))
        try one.put(try schedule("a"), watermark: start, replacing: false)
        let claim = claim(start + .seconds(60))
        #expect(try one.claim([claim]) == [claim])
        #expect(try two.claim([claim]).isEmpty)
        #expect(try one.schedule("a")?.watermark == start + .seconds(60))
        #expect(try one.occurrences(of: "a", limit: 10) == claim.occurrences)
    }

    @Test("A due time that was decided on stays decided, also where the watermark went back")
    func watermarkBack() throws {
        let store = try scratch.store()
        try store.put(try schedule("a"), watermark: start, replacing: false)
        let claim = claim(start + .seconds(60))
        #expect(try store.claim([claim]).first?.occurrences.count == 1)
        try store.put(try schedule("a"), watermark: start, replacing: true)
        #expect(try store.claim([claim]).first?.occurrences.isEmpty == true)
    }

    @Test("The next service finds what waited, and reports what had begun as aborted")
    func takeOver() throws {
        let one = try scratch.store("one")
        try one.put(try schedule("a"), watermark: start, replacing: false)
        let occurrences = (1...3).map {
            Occurrence(
                identifier: OccurrenceIdentifier(schedule: "a", due: start + .seconds($0)),
                state: [.waiting, .starting, .running][$0 - 1])
        }
        try one.record(occurrences)
        #expect(try one.takeOver(at: start).aborted.isEmpty)
        let two = try scratch.store("two")
        let left = try two.takeOver(at: start)
        #expect(left.waiting == [occurrences[0]])
        #expect(left.aborted.map(\.identifier) == occurrences.dropFirst().map(\.identifier))
        #expect(left.aborted.allSatisfy { $0.state == .aborted && $0.reason != nil })
        let again = try two.takeOver(at: start)
        #expect(again.waiting.isEmpty && again.aborted.isEmpty)
    }

    @Test("What a person asks for is found by whichever service looks first")
    func asked() throws {
        let identifier = OccurrenceIdentifier(schedule: "a", due: start)
        try scratch.store("command").ask(for: identifier)
        let found = try scratch.store("one").takeOver(at: start).waiting
        #expect(found.map(\.identifier) == [identifier])
        #expect(found.map(\.isAskedFor) == [true])
        #expect(try scratch.store("one").takeOver(at: start).waiting.isEmpty)
    }

    @Test("What has come to its end is untold until it was told, for the next service too")
    func untold() throws {
        let first = try scratch.store()
        let (due, later) = (start + .seconds(60), start + .seconds(120))
        let ended = Occurrence(
            identifier: OccurrenceIdentifier(schedule: "a", due: later), state: .ended)
        let missed = Occurrence(
            identifier: OccurrenceIdentifier(schedule: "a", due: due), state: .missed)
        let running = Occurrence(
            identifier: OccurrenceIdentifier(schedule: "b", due: due), state: .running)
        try first.record([ended, missed, running])
        let second = try scratch.store("two")
        #expect(try second.takeUntold(limit: 10) == [missed, ended])
        #expect(try second.takeUntold(limit: 1) == [missed])
        try second.noteTold([missed.identifier])
        // Writing it again, as after a failed write, does not make it news.
        try second.record([missed])
        #expect(try scratch.store("three").takeUntold(limit: 10) == [ended])
        #expect(try second.takeOver(at: start).aborted.map(\.identifier) == [running.identifier])
        #expect(
            try second.takeUntold(limit: 10).map(\.identifier)
                == [running.identifier, ended.identifier])
    }

    @Test("People know of what a store of an older version holds")
    func olderStore() throws {
        try scratch.makeOlderStore()
        #expect(try scratch.store().occurrences(of: nil, limit: 10).count == 2)
        #expect(try scratch.store().takeUntold(limit: 10).isEmpty)
        #expect(try scratch.store("two").takeOver(at: start).aborted.count == 1)
        #expect(try scratch.store("two").takeUntold(limit: 10).map(\.state) == [.aborted])
    }

    @Test("A freeze stands until it is lifted")
    func freeze() throws {
        let freeze = Freeze(until: start, reason: "release week")
        try scratch.store().setFreeze(freeze)
        #expect(try scratch.store().freeze() == freeze)
        try scratch.store().setFreeze(nil)
        #expect(try scratch.store().freeze() == nil)
    }

    @Test("The directory is its owner's alone, and one service at a time runs its schedules")
    func directory() throws {
        let lock = try scratch.directory.lock()
        #expect(throws: ScheduleError.self) { try scratch.directory.lock() }
        _ = lock.number
        #expect(chmod(scratch.path, 0o755) == 0)
        #expect(throws: ScheduleError.self) { try ScheduleDirectory(scratch.path) }
    }
}
