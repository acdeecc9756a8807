import Foundation
import History
import Records
import TestSupport
import Testing

@Suite("Comparing, looking back, and pruning")
struct ReviewTests {
    private static let hour: Int64 = 3_600_000_000_000
    /// When the fixture's hour 0 is.
    private static let start: Int64 = 1_793_491_200_000_000_000

    @Test("A comparison says what got worse, and what makes it doubtful")
    func comparison() throws {
        let fixture = try EvidenceFixture()
        let first = try fixture.addDrill(hour: 1, failover: 1e9)
        let second = try fixture.addDrill(hour: 2, outcome: .failed, failover: 6e9)
        let third = try fixture.addDrill("disk-full", hour: 3, failover: 1.05e9, target: "redis")
        _ = try fixture.importAll()
        let drills = try [first, second, third].map { try fixture.history.find($0) }
        let worse = DrillComparison(drills[0], drills[1])
        #expect(worse.cautions.isEmpty)
        let failover = try #require(worse.figures.first { $0.name == "failover.time" })
        #expect(failover.change == .worse)
        #expect(failover.growth == 5)
        #expect(worse.checks.first { $0.name == "failover" }?.change == .worse)
        #expect(worse.checks.first { $0.name == "retries" }?.change == .same)
        let back = DrillComparison(drills[1], drills[0])
        #expect(back.figures.first { $0.name == "failover.time" }?.change == .better)
        let alike = DrillComparison(drills[0], drills[2])
        #expect(alike.figures.first { $0.name == "failover.time" }?.change == .same)
        #expect(alike.cautions.count == 3)
    }

    @Test("A digest tells what ran, what got worse, and what was never drilled")
    func digest() throws {
        let fixture = try EvidenceFixture()
        for hour in 0..<3 { try fixture.addDrill(hour: hour, failover: 1e9) }
        try fixture.addDrill("disk-full", hour: 1)
        try fixture.addDrill(hour: 50, failover: 3e9)
        let failed = try fixture.addDrill(hour: 51, outcome: .failed, failover: 3e9)
        _ = try fixture.importAll()
        let digest = try fixture.history.digest(
            since: Self.start + 48 * Self.hour, until: Self.start + 60 * Self.hour,
            playbooks: ["primary-kill", "disk-full", "power-loss"],
            faultKinds: ["process.kill", "disk.fill"], format: { value, _ in "\(value / 1e9)" })
        #expect(digest.drills == 2)
        #expect(digest.rows.map(\.playbook) == ["primary-kill"])
        #expect(digest.rows[0].outcomes == [.passed: 1, .failed: 1])
        #expect(digest.worse.map(\.what) == ["outcome", "failover.time"])
        #expect(digest.worse.map(\.change) == ["from passed to failed", "from 1.0 to 3.0"])
        #expect(digest.worse.allSatisfy { $0.drill == failed })
        #expect(digest.neverDrilled == ["power-loss"])
        #expect(digest.idle == ["disk-full"])
        #expect(digest.unusedFaults == ["disk.fill"])
    }

    @Test("Pruning takes old evidence, keeps its figures, and keeps what still matters")
    func prune() throws {
        let fixture = try EvidenceFixture()
        let old = try fixture.addDrill(hour: 1)
        let residual = try fixture.addDrill(hour: 2, outcome: .residual)
        let killed = try fixture.addDrill(hour: 3, outcome: nil)
        let new = try fixture.addDrill(hour: 9)
        _ = try fixture.importAll()
        let bound = Self.start + 5 * Self.hour
        let trial = try fixture.history.prune(before: bound, isTrial: true)
        #expect(FileManager.default.fileExists(atPath: fixture.directory(old)))
        let result = try fixture.history.prune(before: bound, isTrial: false)
        #expect(result == trial)
        #expect(result.removed == [old])
        #expect(result.kept.map(\.drill) == [residual, killed])
        #expect(!FileManager.default.fileExists(atPath: fixture.directory(old)))
        for drill in [residual, killed, new] {
            #expect(FileManager.default.fileExists(atPath: fixture.directory(drill)))
        }
        _ = try fixture.importAll()
        #expect(try fixture.history.count() == 4)
        #expect(
            try fixture.history.trend(playbook: "primary-kill", figure: "failover.time")
                .points.first?.drill == old)
        #expect(try fixture.history.prune(before: bound, isTrial: false).removed.isEmpty)
    }

    @Test("A token is known by its secret until it is revoked, and the secret is not kept")
    func tokens() throws {
        let fixture = try EvidenceFixture()
        let secret = try fixture.history.addToken(name: "ci", scope: .run, now: 5)
        #expect(try fixture.history.token(secret, now: 7)?.scope == .run)
        #expect(try fixture.history.tokens().first?.usedAt == 7)
        #expect(try fixture.history.token(secret + "0", now: 7) == nil)
        #expect(throws: HistoryError.self) {
            try fixture.history.addToken(name: "ci", scope: .view, now: 5)
        }
        #expect(throws: HistoryError.self) {
            try fixture.history.addToken(name: "a b", scope: .view, now: 5)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.root) {
            let data = FileManager.default.contents(atPath: "\(fixture.root)/\(name)") ?? Data()
            #expect(data.range(of: Data(secret.utf8)) == nil)
        }
        #expect(try fixture.history.revokeToken("ci"))
        #expect(try !fixture.history.revokeToken("ci"))
        #expect(try fixture.history.token(secret, now: 8) == nil)
    }
}
