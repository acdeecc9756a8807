import Foundation
import Glibc
public import History
import Kernel
public import Records

/// A directory of evidence with drills made up for a test, and a history beside it.
public final class EvidenceFixture: Sendable {
    /// The directory that all is in; it goes with the fixture.
    public let root: String
    public let history: HistoryDatabase

    /// Makes an empty directory of evidence and an empty history.
    ///
    /// - Parameter address: of a PostgreSQL database for the history; nil makes a file.
    public init(historyAt address: String? = nil) throws {
        root = NSTemporaryDirectory() + "firedrill-history-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: root + "/evidence", withIntermediateDirectories: true)
        history = try HistoryDatabase(address ?? root + "/history.sqlite")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// The directory of evidence, as the history takes it.
    public var place: EvidencePlace { EvidencePlace(path: root + "/evidence", owner: geteuid()) }

    /// Takes what there is into the history.
    public func importAll() throws -> HistoryDatabase.ImportResult {
        try history.importDrills(from: [place])
    }

    /// The directory of a drill.
    public func directory(_ identifier: String) -> String { "\(root)/evidence/\(identifier)" }

    /// Writes a drill that began `hour` hours after 2026-11-01; without an outcome it runs still.
    @discardableResult
    public func addDrill(
        _ playbook: String = "primary-kill", hour: Int, outcome: Outcome? = .passed,
        failover: Double = 1.5e9, target: String = "reference", tags: [String] = ["failover"],
        title: String? = nil
    ) throws -> String {
        let identifier = String(
            format: "202611%02dT%02d0000Z-%@-abc%03d", 1 + hour / 24, hour % 24, playbook, hour)
        try FileManager.default.createDirectory(
            atPath: directory(identifier), withIntermediateDirectories: true)
        try write(
            DrillHeader(
                identifier: identifier, playbook: playbook, title: title ?? "Title of \(playbook)",
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

    /// Adds load to a drill: 100 acknowledged messages in each second, each a little slower.
    public func addLoad(_ identifier: String, seconds: Int, from start: Int = 0) throws {
        var lines = ""
        for second in start..<start + seconds {
            for index in 0..<100 {
                let intended = second * 1_000_000_000 + index * 9_000_000
                let ended = intended + 1_000_000 + second * 20_000
                lines +=
                    #"["enqueue","p0","p0-000001",\#(intended),\#(ended),"ok","a",[],null,null]"#
                lines += "\n"
            }
        }
        let path = directory(identifier) + "/history.jsonl"
        let known = FileManager.default.contents(atPath: path) ?? Data()
        let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT, mode: 0o600)
        try file.writeDurably(Array(lines.utf8), at: known.count)
    }

    /// Writes the verdict and the report of a drill.
    public func end(_ identifier: String, _ outcome: Outcome, failover: Double = 1.5e9) throws {
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
