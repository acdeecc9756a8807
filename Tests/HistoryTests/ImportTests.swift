import Foundation
import History
import Records
import TestSupport
import Testing

@Suite("Taking drills into the history")
struct ImportTests {
    @Test("Every drill comes in once, however often one looks")
    func idempotence() throws {
        let fixture = try EvidenceFixture()
        for hour in 0..<3 { try fixture.addDrill(hour: hour) }
        #expect(try fixture.importAll().imported == 3)
        #expect(try fixture.importAll().imported == 0)
        #expect(try fixture.history.count() == 3)
    }

    @Test("What a drill was, how it ended and its figures are kept")
    func contents() throws {
        let fixture = try EvidenceFixture()
        let identifier = try fixture.addDrill(hour: 5, outcome: .failed, failover: 7e9)
        _ = try fixture.importAll()
        let details = try #require(try fixture.history.details(of: identifier))
        let entry = details.entry
        #expect(entry.outcome == .failed)
        #expect(entry.seed == .max)
        #expect(entry.tags == ["failover"])
        #expect(entry.target == "reference")
        #expect(entry.duration == Nanoseconds(60_000_000_000))
        // printf 'playbook: primary-kill\n' | sha256sum
        #expect(
            entry.playbookHash
                == "2424dd322cbe2b8d3164bb148bb20f4a4b3e13f2644bd6eb590073acd821f991")
        #expect(
            entry.axes
                == DrillAxes(
                    precondition: .held, injection: .confirmed, hypothesis: .broken, undo: .clean))
        let figures = Dictionary(uniqueKeysWithValues: details.figures.map { ($0.name, $0) })
        #expect(figures["failover.time"]?.value == 7e9)
        #expect(figures["failover.time"]?.limit == 5e9)
        #expect(figures["enqueue.p99.baseline"]?.value == 9e6)
        #expect(figures["enqueue.p99.worst"]?.value == 4e7)
        #expect(figures["loss.messages"]?.value == 0)
        #expect(figures["retries.variation-of-gaps"]?.value == 0.25)
        #expect(details.checks.map(\.name) == ["failover", "retries"])
        #expect(details.faults.map(\.kind) == ["process.kill"])
    }

    @Test("A drill that runs is read again when it has ended")
    func running() throws {
        let fixture = try EvidenceFixture()
        let identifier = try fixture.addDrill(hour: 1, outcome: nil)
        #expect(try fixture.importAll().imported == 1)
        #expect(try fixture.importAll().imported == 0)
        #expect(try fixture.history.details(of: identifier)?.entry.outcome == nil)
        try fixture.end(identifier, .passed)
        #expect(try fixture.importAll().imported == 1)
        #expect(try fixture.history.details(of: identifier)?.entry.outcome == .passed)
        #expect(try fixture.history.count() == 1)
    }

    @Test("A drill is kept when its evidence is gone, and found where it was moved")
    func moved() throws {
        let fixture = try EvidenceFixture()
        let identifier = try fixture.addDrill(hour: 1)
        _ = try fixture.importAll()
        let elsewhere = fixture.root + "/elsewhere"
        try FileManager.default.moveItem(atPath: fixture.place.path, toPath: elsewhere)
        #expect(try fixture.importAll().imported == 0)
        #expect(try fixture.history.count() == 1)
        let place = EvidencePlace(path: elsewhere, owner: fixture.place.owner)
        #expect(try fixture.history.importDrills(from: [place]).imported == 1)
        #expect(
            try fixture.history.details(of: identifier)?.entry.directory
                == "\(elsewhere)/\(identifier)")
    }

    @Test("Damaged, foreign and linked evidence is named and left out")
    func refused() throws {
        let fixture = try EvidenceFixture()
        let damaged = try fixture.addDrill(hour: 1)
        try Data("{".utf8).write(to: URL(filePath: fixture.directory(damaged) + "/verdict.json"))
        let renamed = try fixture.addDrill(hour: 2)
        try FileManager.default.moveItem(
            atPath: fixture.directory(renamed), toPath: fixture.directory("another-name"))
        let linked = try fixture.addDrill(hour: 3)
        let verdict = fixture.directory(linked) + "/verdict.json"
        try FileManager.default.moveItem(atPath: verdict, toPath: fixture.root + "/verdict.json")
        try FileManager.default.createSymbolicLink(
            atPath: verdict, withDestinationPath: fixture.root + "/verdict.json")
        let result = try fixture.importAll()
        #expect(result.imported == 0)
        #expect(result.failures.count == 3)
        let foreign = EvidencePlace(path: fixture.place.path, owner: fixture.place.owner + 1)
        #expect(
            try fixture.history.importDrills(from: [foreign]).failures.allSatisfy {
                $0.contains("belongs to user")
            })
        #expect(try fixture.history.count() == 0)
    }
}
