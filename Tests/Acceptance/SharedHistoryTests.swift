import Foundation
import History
import Records
import TestSupport
import Testing

/// The history that several hosts share, on a server of the test's own, beside one in a file.
@Suite("A history in PostgreSQL")
struct SharedHistoryTests {
    @Test("It answers as the one in a file does, and several hosts may use it at once")
    func shared() async throws {
        let directory =
            FileManager.default.temporaryDirectory.path
            + "/firedrill-postgres-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try await PostgresServer.start(in: directory)
        do {
            try sameAnswers(try server.makeDatabase("answers"))
            try twoHosts(try server.makeDatabase("hosts"))
            try await atTheSameTime(try server.makeDatabase("together"))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func sameAnswers(_ address: String) throws {
        let fixture = try EvidenceFixture(historyAt: address)
        try fixture.addDrill(hour: 0, failover: 1e9)
        try fixture.addDrill(hour: 1, outcome: .failed, failover: 1.1e9)
        try fixture.addDrill(hour: 2, outcome: .aborted, title: "It's 100% \"done\" \\ Ärger\0")
        try fixture.addDrill("disk-full", hour: 3, target: "redis", tags: ["disk", "full"])
        let running = try fixture.addDrill(hour: 700, outcome: nil)
        try fixture.addDrill(hour: 701, failover: 3.3e9)
        try fixture.addDrill(hour: 702, failover: 0.1 + 0.2)
        let server = fixture.history
        let file = try HistoryDatabase(fixture.root + "/other.sqlite")
        #expect(try server.importDrills(from: [fixture.place]).imported == 7)
        #expect(try file.importDrills(from: [fixture.place]).imported == 7)
        try compare(server, file)

        try fixture.end(running, .residual)
        #expect(try server.importDrills(from: [fixture.place]).imported == 1)
        #expect(try server.importDrills(from: [fixture.place]).imported == 0)
        _ = try file.importDrills(from: [fixture.place])
        try compare(server, file)

        let begin: Int64 = 1_793_498_400_000_000_000
        #expect(try server.prune(before: begin, isTrial: false).removed.count == 2)
        #expect(try server.count() == 7)
        #expect(try server.forget(before: begin) == 2)
        #expect(try file.forget(before: begin) == 2)
        try compare(server, file)
    }

    private func compare(_ server: HistoryDatabase, _ file: HistoryDatabase) throws {
        let moment: Int64 = 1_793_498_400_000_000_000
        let filters = [
            DrillFilter(), DrillFilter(playbook: "disk-full"), DrillFilter(target: "redis"),
            DrillFilter(host: "vm"), DrillFilter(tag: "failover"), DrillFilter(tag: "fail"),
            DrillFilter(tag: "FULL"), DrillFilter(ending: .notPassed),
            DrillFilter(ending: .outcome(.aborted)), DrillFilter(ending: DrillFilter.Ending.none),
            DrillFilter(text: "DISK"), DrillFilter(text: "100% \"d"), DrillFilter(text: "_"),
            DrillFilter(text: "\\"), DrillFilter(text: "'; DROP TABLE drill; --"),
            DrillFilter(tag: "disk", text: "title", ending: .outcome(.passed), since: moment),
            DrillFilter(before: moment),
        ]
        try compareDrills(server, file, filters)
        try compareTargets(server, file)
        try compareTrends(server, file, since: moment)
    }

    private func compareDrills(
        _ server: HistoryDatabase, _ file: HistoryDatabase, _ filters: [DrillFilter]
    ) throws {
        for filter in filters {
            let found = try file.drills(filter, limit: 100)
            #expect(try server.drills(filter, limit: 100) == found, "\(filter)")
            #expect(try server.count(filter) == found.count)
            #expect(try server.outcomes(filter) == file.outcomes(filter))
        }
        #expect(
            try server.drills(limit: 2, offset: 1).map(\.identifier)
                == file.drills(limit: 2, offset: 1).map(\.identifier))
        for entry in try file.drills(limit: 100) {
            let (one, two) = (
                try server.details(of: entry.identifier), try file.details(of: entry.identifier)
            )
            #expect(one?.figures == two?.figures && one?.checks == two?.checks)
            #expect(one?.faults == two?.faults)
            for part in [entry.identifier, String(entry.identifier.suffix(6))] {
                #expect(try server.find(part).entry.identifier == entry.identifier)
            }
        }
        for part in ["2026", "nothing", ""] {
            #expect(throws: HistoryError.self) { try server.find(part) }
        }
        #expect(try server.find("latest").entry.identifier == file.find("latest").entry.identifier)
        #expect(try server.playbooks() == file.playbooks())
    }

    private func compareTargets(_ server: HistoryDatabase, _ file: HistoryDatabase) throws {
        #expect(try server.targets().map(\.name) == file.targets().map(\.name))
        #expect(try server.targets().map(\.drills) == file.targets().map(\.drills))
        for target in [nil, "redis", "nothing"] {
            let (one, two) = (
                try server.faults(ofTarget: target), try file.faults(ofTarget: target)
            )
            #expect(one.map(\.kind) == two.map(\.kind))
            #expect(one.map(\.drills) == two.map(\.drills))
            #expect(one.map(\.confirmed) == two.map(\.confirmed))
        }
    }

    private func compareTrends(
        _ server: HistoryDatabase, _ file: HistoryDatabase, since moment: Int64
    ) throws {
        let now: Int64 = 1_793_491_200_000_000_000 + 1000 * 3_600_000_000_000
        for playbook in try file.playbooks() + ["nothing"] {
            let (one, two) = (
                try server.playbookSummary(playbook, now: now),
                try file.playbookSummary(playbook, now: now)
            )
            #expect(one?.score == two?.score && one?.drills == two?.drills)
            #expect(one?.passed == two?.passed)
            #expect(
                try server.figures(ofPlaybook: playbook).map(\.name)
                    == file.figures(ofPlaybook: playbook).map(\.name))
            for since in [nil, moment] {
                #expect(
                    try server.trend(playbook: playbook, figure: "failover.time", since: since)
                        == file.trend(playbook: playbook, figure: "failover.time", since: since))
            }
        }
        let digests = try [server, file].map {
            try $0.digest(
                since: moment, until: now, playbooks: ["primary-kill", "new"],
                faultKinds: ["process.kill", "disk.fill"], format: { value, _ in "\(value)" })
        }
        #expect(digests[0].neverDrilled == digests[1].neverDrilled)
        #expect(digests[0].worse == digests[1].worse && digests[0].idle == digests[1].idle)
        #expect(digests[0].drills == digests[1].drills)
        #expect(digests[0].unusedFaults == digests[1].unusedFaults)
    }

    /// Each host takes in its own drills, and both see all, and the same tokens.
    private func twoHosts(_ address: String) throws {
        let one = try EvidenceFixture(historyAt: address)
        let two = try EvidenceFixture(historyAt: address)
        let first = try one.addDrill(hour: 1)
        let second = try two.addDrill("disk-full", hour: 2)
        // Another host's drill of the same name is not taken for this one's.
        try two.addDrill(hour: 1)
        #expect(try one.importAll().imported == 1)
        #expect(try two.importAll().imported == 1)
        for history in [one.history, two.history] {
            #expect(try history.drills(limit: 9).map(\.identifier) == [second, first])
        }
        let secret = try one.history.addToken(name: "ann", scope: .run, now: 1)
        #expect(try two.history.token(secret, now: 2)?.name == "ann")
        #expect(throws: HistoryError.self) {
            try two.history.addToken(name: "ann", scope: .view, now: 3)
        }
        #expect(try one.history.tokens().map(\.usedAt) == [2])
        #expect(try two.history.revokeToken("ann"))
        #expect(try !one.history.revokeToken("ann"))
        #expect(try one.history.token(secret, now: 9) == nil)
    }

    /// Who takes in the same drills as others at the same time leaves each there once.
    private func atTheSameTime(_ address: String) async throws {
        let fixture = try EvidenceFixture(historyAt: address)
        for hour in 0..<70 { try fixture.addDrill(hour: hour) }
        let place = fixture.place
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                let history = try HistoryDatabase(address: address)
                group.addTask { try history.importDrills(from: [place]).imported }
            }
            #expect(try await group.reduce(0, +) == 70)
        }
        #expect(try fixture.history.count() == 70)
        #expect(try fixture.history.find("latest").checks.count == 2)
    }
}
