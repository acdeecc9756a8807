import Crypto
import FoundationEssentials
import Records

/// Reads what the history keeps of a drill out of its evidence.
struct DrillFiles {
    /// What `report.json` is asked for; the evidence itself would take a thousand times as long.
    private struct Report: Decodable {
        struct Interval: Decodable {
            var name: String
            var p99Nanoseconds: Double?
        }

        var intervals: [Interval]
    }

    private let files: EvidenceFiles

    init(_ files: EvidenceFiles) {
        self.files = files
    }

    /// Whether nothing will change any more: there is a verdict, and its report.
    var isComplete: Bool { files.has("verdict.json") && files.has("report.json") }

    /// Reads the drill; throws when its header is damaged, or not the one of this directory.
    func details() throws -> DrillDetails {
        guard let header = try decode(DrillHeader.self, "header.json") else {
            throw HistoryError("read", "\(files.path)/header.json", reason: "it does not exist")
        }
        guard header.version <= DrillHeader.currentVersion else {
            throw HistoryError(
                "read", files.path, reason: "it was written in format \(header.version)",
                remedy: "use a newer firedrill")
        }
        let name = files.path.split(separator: "/").last.map(String.init) ?? ""
        guard header.identifier == name, Self.isIdentifier(name) else {
            throw HistoryError(
                "read", files.path, reason: "its header names another drill",
                remedy: "give the directory the drill's name")
        }
        let verdict = try decode(Verdict.self, "verdict.json")
        let environment = try decode(Environment.self, "environment.json")
        let playbook = try files.bytes("playbook.yaml", limit: 4 << 20)
        return DrillDetails(
            entry: entry(header, verdict, environment, playbook: playbook),
            figures: (verdict.map(FigureNames.figures(of:)) ?? []) + latencies(),
            checks: (verdict?.checks ?? []).map {
                DrillCheck(name: $0.check, status: $0.status, sentence: $0.sentence)
            },
            faults: (verdict?.faults ?? []).map {
                DrillFault(
                    identifier: $0.identifier, kind: $0.kind, backend: $0.backend,
                    injection: $0.injection, undo: $0.undo, undoneBy: $0.undoneBy)
            })
    }

    private func entry(
        _ header: DrillHeader, _ verdict: Verdict?, _ environment: Environment?,
        playbook: [UInt8]?
    ) -> DrillEntry {
        DrillEntry(
            identifier: header.identifier, playbook: header.playbook, title: header.title,
            hypothesis: header.hypothesis, tags: header.tags,
            playbookHash: playbook.map { Self.hexadecimal(SHA256.hash(data: $0)) } ?? "",
            seed: header.seed, target: environment?.target ?? "", host: environment?.host ?? "",
            kernel: environment?.kernel ?? "", firedrill: environment?.firedrill ?? "",
            user: files.owner, startedAt: header.startedAt,
            duration: verdict.map { $0.endedAt - .zero }, outcome: verdict?.outcome,
            reason: verdict?.reason ?? "", axes: verdict.map(DrillAxes.init) ?? DrillAxes(),
            command: header.command, directory: files.path)
    }

    /// The quantiles of the report; none when it is missing or damaged, for it can be made again.
    private func latencies() -> [DrillFigure] {
        guard let report = try? decode(Report.self, "report.json") else { return [] }
        let baseline = report.intervals.first { $0.name == Phase.baseline.rawValue }
        let worst = report.intervals.filter { $0.name != Phase.baseline.rawValue }
            .compactMap(\.p99Nanoseconds).max()
        return [("enqueue.p99.baseline", baseline?.p99Nanoseconds), ("enqueue.p99.worst", worst)]
            .compactMap { name, value in value.map { DrillFigure(name, $0, .nanoseconds) } }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
        guard let bytes = try files.bytes(name) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw HistoryError(
                "read", "\(files.path)/\(name)", reason: "it is not what a drill writes",
                remedy: "restore the file, or remove the drill's directory")
        }
    }

    /// Whether a name can stand in addresses and paths as it is.
    static func isIdentifier(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && name.first != "."
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._-".utf8.contains($0)
                }
            }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
