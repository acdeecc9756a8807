import Foundation
import Glibc
import History
import Records

/// A directory of evidence with drills made up for a test, and a history beside it.
final class EvidenceFixture {
    let root: String
    let history: HistoryDatabase

    init() throws {
        root = NSTemporaryDirectory() + "firedrill-history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: root + "/evidence", withIntermediateDirectories: true)
        history = try HistoryDatabase(path: root + "/history.sqlite")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    var place: EvidencePlace { EvidencePlace(path: root + "/evidence", owner: geteuid()) }

    func importAll() throws -> HistoryDatabase.ImportResult {
        try history.importDrills(from: [place])
    }

    /// The directory of a drill.
    func directory(_ identifier: String) -> String { "\(root)/evidence/\(identifier)" }

    /// Writes a drill that began `hour` hours after 2026-11-01; without an outcome it runs still.
    @discardableResult
    func addDrill(
        _ playbook: String = "primary-kill", hour: Int, outcome: Outcome? = .passed,
        failover: Double = 1.5e9, target: String = "reference", tags: [String] = ["failover"]
    ) throws -> String {
        let identifier = String(
            format: "202611%02dT%02d0000Z-%@-abc%03d", 1 + hour / 24, hour % 24, playbook, hour)
        try FileManager.default.createDirectory(
            atPath: directory(identifier), withIntermediateDirectories: true)
        try write(
            DrillHeader(
                identifier: identifier, playbook: playbook, title: "Title of \(playbook)",
                hypothesis: "It holds", tags: tags, seed: .max,
                startedAt: (1_793_491_200 + Int64(hour) * 3600) * 1_000_000_000,
                command: "firedrill run \(playbook).yaml"), "header.json", of: identifier)
        try Data("playbook: \(playbook)\n".utf8).write(
            to: URL(filePath: directory(identifier) + "/playbook.yaml"))
        try write(
            Environment(
                host: "vm", kernel: "Linux", distribution: "Debian", processors: 2, memory: 1,
                firedrill: "0.1.0", target: target, privileges: "root", capabilities: []),
            "environment.json", of: identifier)
        if let outcome { try end(identifier, outcome, failover: failover) }
        return identifier
    }

    /// Writes the verdict and the report of a drill.
    func end(_ identifier: String, _ outcome: Outcome, failover: Double = 1.5e9) throws {
        let status: CheckResult.Status = outcome == .failed ? .broken : .held
        let verdict = Verdict(
            outcome: outcome, reason: "because", precondition: .held, preconditionSentence: "held",
            faults: [
                FaultRecord(
                    identifier: "f1", kind: "process.kill", name: "kill", backend: "pidfd",
                    injection: .confirmed, undo: .clean, undoneBy: .drill)
            ],
            checks: [
                CheckResult(
                    check: "failover", status: status, sentence: "took over",
                    figures: [Figure("RTO_failover", failover, .nanoseconds, limit: 5e9)]),
                CheckResult(
                    check: "retries", status: .held, sentence: "fine",
                    figures: [Figure("variation of gaps", 0.25, .ratio)]),
            ],
            ledger: LedgerSummary(acknowledged: 1000),
            endedAt: DrillTime(nanoseconds: 60_000_000_000))
        try write(verdict, "verdict.json", of: identifier)
        let report =
            #"{"intervals":[{"name":"baseline","p99Nanoseconds":9e6},{"name":"f1","p99Nanoseconds":4e7}]}"#
        try Data(report.utf8).write(to: URL(filePath: directory(identifier) + "/report.json"))
    }

    private func write(_ value: some Encodable, _ name: String, of identifier: String) throws {
        try JSONEncoder().encode(value).write(
            to: URL(filePath: "\(directory(identifier))/\(name)"))
    }
}
