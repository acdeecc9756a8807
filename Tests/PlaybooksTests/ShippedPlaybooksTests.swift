import Drills
import Foundation
import Playbooks
import Testing

/// The playbooks that ship, held against the vocabulary and the schema of this build.
@Suite("Shipped playbooks")
struct ShippedPlaybooksTests {
    /// `#filePath` is Tests/PlaybooksTests/ShippedPlaybooksTests.swift.
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "playbooks")

    private static func texts() throws -> [(name: String, text: String)] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path()).sorted()
            .filter { $0.hasSuffix(".yaml") }.map { name in
                let file = directory.appending(path: name)
                return (String(name.dropLast(5)), try String(contentsOf: file, encoding: .utf8))
            }
    }

    @Test("There are playbooks, and each one is valid")
    func valid() throws {
        let texts = try Self.texts()
        #expect(texts.count >= 7)
        for (name, text) in texts {
            let playbook = try PlaybookDecoder(vocabulary: .firedrill).decode(
                text, file: "\(name).yaml", name: name)
            #expect(playbook.name == name)
            #expect(!playbook.hypothesis.isEmpty)
        }
    }

    @Test("The schema that editors use accepts each one, and refuses a misspelt fault")
    func schema() throws {
        let checker = try SchemaChecker(schema: PlaybookSchema(vocabulary: .firedrill).text)
        for (name, text) in try Self.texts() {
            #expect(try checker.complaints(about: text).isEmpty, "\(name)")
            let misspelt = text.replacingOccurrences(of: "network.delay", with: "network.dealy")
            guard misspelt != text else { continue }
            #expect(try !checker.complaints(about: misspelt).isEmpty, "\(name)")
        }
    }
}
