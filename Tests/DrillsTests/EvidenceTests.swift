import Foundation
import Kernel
import Playbooks
import Records
import Testing

@testable import Drills

@Suite("Evidence on disk")
struct EvidenceTests {
    private static let header = DrillHeader(
        identifier: "20261121T101500Z-sample-00c0de", playbook: "sample", title: "A sample",
        hypothesis: "It comes back.", tags: ["t"], seed: 7, startedAt: 1, command: "firedrill run")

    /// Makes a root for evidence, gives it to `body`, and removes it.
    private func withRoot(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "firedrill-evidence-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path())
    }

    private func write(to root: String) throws -> EvidenceWriter {
        let writer = try EvidenceWriter(
            root: root, header: Self.header, playbookText: "playbook: sample\n")
        writer.record(Event(time: .zero, kind: .note, message: "line\n\"two\""))
        for operation in OperationLineTests.operations { writer.record(operation) }
        writer.record(
            ProbeSample(
                probe: "ready", node: "a", role: .primary, started: .zero,
                ended: DrillTime(nanoseconds: 9), result: .healthy, answer: "200"))
        return writer
    }

    @Test("Everything that was recorded is read back")
    func roundTrip() throws {
        try withRoot { root in
            let writer = try write(to: root)
            writer.close()
            #expect(writer.failure == nil)
            let evidence = try EvidenceReader(writer.directory).evidence()
            #expect(evidence.header == Self.header)
            #expect(evidence.playbookText == "playbook: sample\n")
            #expect(evidence.operations == OperationLineTests.operations)
            #expect(evidence.events.map(\.message) == ["line\n\"two\""])
            #expect(evidence.samples.count == 1)
            #expect(evidence.verdict == nil)
        }
    }

    @Test("A drill that nobody knows is the caller's mistake, not the tool's")
    func unknownDrill() throws {
        try withRoot { root in
            _ = try write(to: root)
            for name in ["20200101", "/no/such/drill"] {
                let error = #expect(throws: DrillError.self) {
                    try EvidenceDirectory.find(name, under: root)
                }
                #expect(error?.isUsage == true)
            }
        }
    }

    @Test("A torn last line is left out, a damaged line in the middle is an error")
    func tornLine() throws {
        try withRoot { root in
            let writer = try write(to: root)
            writer.close()
            let path = writer.directory.file(EvidenceDirectory.history)
            let whole = try Data(contentsOf: URL(filePath: path))
            try whole.dropLast(5).write(to: URL(filePath: path))
            #expect(try EvidenceReader(writer.directory).evidence().operations.count == 1)
            try (Data("[\"enqueue\",\n".utf8) + whole).write(to: URL(filePath: path))
            #expect(throws: DrillError.self) { try EvidenceReader(writer.directory).evidence() }
        }
    }

    @Test("Lines of many writers are whole and all there, whenever they are flushed")
    func manyWriters() async throws {
        let name = "firedrill-lines-\(UUID().uuidString)"
        let directory = try HeldDirectory(at: FileManager.default.temporaryDirectory.path())
        let path = directory.file(name)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try AppendOnlyFile(creating: name, in: directory)
        await withDiscardingTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        file.append { $0.append(raw: Array("\(writer) \(number)".utf8)) }
                        if number % 50 == writer { file.flush() }
                    }
                }
            }
        }
        file.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4_000)
        for writer in 0..<8 {
            let own = lines.filter { $0.hasPrefix("\(writer) ") }.map { String($0) }
            let expected = (0..<500).map { "\(writer) \($0)" }
            #expect(own == expected)
        }
    }

    @Test("A drill's directory is never written twice")
    func noOverwrite() throws {
        try withRoot { root in
            try write(to: root).close()
            #expect(throws: DrillError.self) { try write(to: root) }
        }
    }

    @Test("A drill is found by its identifier, its end, its path, and as the latest")
    func find() throws {
        try withRoot { root in
            let directory = try write(to: root).directory
            for name in ["20261121T", "00c0de", "latest", directory.path, directory.path + "/"] {
                #expect(try EvidenceDirectory.find(name, under: root) == directory)
            }
            #expect(throws: DrillError.self) { try EvidenceDirectory.find("nothing", under: root) }
        }
    }
}
