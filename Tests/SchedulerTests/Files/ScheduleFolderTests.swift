import Foundation
import Kernel
import Playbooks
import Scheduler
import Testing

@Suite("Schedules in files")
struct ScheduleFolderTests {
    private let scratch: ScheduleScratch
    private let files: String
    private let now = Moment(seconds: 1_800_000_000)

    init() throws {
        scratch = try ScheduleScratch()
        files = scratch.path + "/files"
        try FileManager.default.createDirectory(
            atPath: files, withIntermediateDirectories: false)
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(files)/\(name)", atomically: true, encoding: .utf8)
    }

    private func apply(at moment: Moment? = nil) throws -> ScheduleFolder.Result {
        let decoder = ScheduleFileDecoder { path, _ in
            guard !path.hasSuffix("missing.yaml") else {
                throw ScheduleError(attempted: "read", object: path, reason: "it is not there")
            }
            return "reference"
        }
        return try ScheduleFolder(files, decoder: decoder)
            .apply(to: try scratch.store(), at: moment ?? now)
    }

    private static let nightly = """
        playbook: ../playbooks/primary-kill.yaml
        cron: "30 2 * * *"
        timezone: Europe/Berlin
        jitter: 5 min
        hours: ["MON-FRI 00:00-06:00"]
        blackout: [2026-12-24..2027-01-02]
        overlap: queue
        missed: once
        deadline: 1 h
        retries: 1
        set: [rate=400/s]
        """

    @Test("A file is a schedule, with its own name, for as long as it is there")
    func life() throws {
        try write("nightly.yaml", Self.nightly)
        #expect(try apply() == ScheduleFolder.Result(changed: ["nightly"]))
        let schedule = try #require(try scratch.store().schedule("nightly")?.schedule)
        #expect(schedule.rules.playbook.hasSuffix("playbooks/primary-kill.yaml"))
        #expect(schedule.rules.zone.name == "Europe/Berlin")
        #expect(schedule.rules.jitter == .seconds(300))
        #expect(schedule.rules.overlap == .queue)
        #expect(schedule.rules.missed == .once)
        #expect(schedule.rules.settings == ["rate": "400/s"])
        #expect(try apply() == ScheduleFolder.Result())
        try FileManager.default.removeItem(atPath: "\(files)/nightly.yaml")
        #expect(try apply() == ScheduleFolder.Result(removed: ["nightly"]))
    }

    @Test("An interval goes on from when its file was first read")
    func interval() throws {
        try write("often.yml", "playbook: p.yaml\nevery: 6 h\n")
        #expect(try apply().changed == ["often"])
        #expect(try apply(at: now + .seconds(3600)) == ScheduleFolder.Result())
        try write("often.yml", "playbook: p.yaml\nevery: 7 h\n")
        #expect(try apply(at: now + .seconds(3600)).changed == ["often"])
    }

    @Test(
        "A mistake is told with its line and column, and the schedule goes on as it was",
        arguments: [
            ("playbook: p.yaml\ncron: 61 * * * *\n", "often.yaml:2:1: "),
            ("playbook: p.yaml\nevery: 1 h\noverlap: maybe\n", "often.yaml:3:10: "),
            ("playbook: p.yaml\nevry: 1 h\n", "did you mean 'every'?"),
            ("playbook: missing.yaml\nevery: 1 h\n", "often.yaml:1:1: "),
            ("playbook: p.yaml\n", "one of cron, every and at"),
            ("every: 1 h\n", "needs 'playbook'"),
            ("playbook: p.yaml\nevery: 1 h\nhours: late\n", "often.yaml:3:1: "),
        ])
    func mistakes(text: String, expected: String) throws {
        try write("often.yaml", "playbook: p.yaml\nevery: 6 h\n")
        _ = try apply()
        let before = try scratch.store().schedule("often")
        try write("often.yaml", text)
        let result = try apply()
        #expect(result.changed.isEmpty && result.removed.isEmpty)
        #expect(result.problems.count == 1)
        #expect(result.problems.first?.contains(expected) == true, "\(result.problems)")
        #expect(try scratch.store().schedule("often") == before)
    }

    @Test("What a command made is not touched, and a directory that is gone removes nothing")
    func foreign() throws {
        let rules = ScheduleRules(
            playbook: "p", target: "t", trigger: .every(.seconds(60), anchor: now))
        let own = Schedule(name: "own", rules: rules)
        try scratch.store().put(own, watermark: now, replacing: false)
        try write("own.yaml", "playbook: p.yaml\nevery: 6 h\n")
        try write("two.yaml", "playbook: p.yaml\nevery: 6 h\n")
        let result = try apply()
        #expect(result.changed == ["two"])
        #expect(result.problems.first?.contains("comes from a command") == true)
        try FileManager.default.removeItem(atPath: files)
        #expect(throws: ScheduleError.self) { try apply() }
        #expect(try scratch.store().schedules().count == 2)
    }

    @Test("A file that is written into the directory ends the wait for a change")
    func watch() async throws {
        let watch = try DirectoryWatch(files)
        let clock = ContinuousClock()
        let start = clock.now
        async let wait: Void = watch.wait(atMost: .seconds(60))
        try write("a.yaml", "x")
        await wait
        #expect(clock.now - start < .seconds(30))
    }
}
