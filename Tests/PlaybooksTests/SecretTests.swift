import Foundation
import Testing

@testable import Playbooks

@Suite("Secrets of a playbook")
struct SecretTests {
    private func playbook(secrets: String, title: String = "t", rest: String = "") -> String {
        """
        playbook: p
        title: \(title)
        hypothesis: h
        secrets: \(secrets)
        \(rest)
        """
    }

    private func decode(
        _ text: String, _ environment: [String: String] = [:], overrides: [String: String] = [:]
    ) throws(PlaybookProblems) -> Playbook {
        try PlaybookDecoder(vocabulary: Sample.vocabulary).decode(
            text, overrides: overrides, environment: environment)
    }

    private func problems(_ text: String, _ environment: [String: String] = [:]) -> String {
        do {
            _ = try decode(text, environment)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("Values come from the environment and from files, and are text whatever they look like")
    func values() throws {
        let path = NSTemporaryDirectory() + "secret-\(UUID().uuidString)"
        try Data("from the file\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let playbook = try decode(
            playbook(
                secrets: "{ a: \"env:A\", b: \"file:\(path)\" }", title: "\"${a} and ${b}\""),
            ["A": "12345678"])
        #expect(playbook.title == "12345678 and from the file")
        #expect(playbook.secrets.redact(playbook.title) == "(secret a) and (secret b)")
        #expect(playbook.secrets.sources == ["a from env:A", "b from file:\(path)"])
        #expect(!"\(playbook.secrets)".contains("12345678"))
        #expect(!String(reflecting: playbook.secrets).contains("from the file"))
    }

    @Test(
        "What cannot be a secret is named with its place, and never with its value",
        arguments: [
            ("{ a: hunter2hunter2 }", "must be a reference"),
            ("{ a: \"env:NONE\" }", "no variable 'NONE'"),
            ("{ a: \"env:SHORT\" }", "shorter than 6 bytes"),
            ("{ a: \"file:/dev/zero\" }", "no file of text"),
            ("{ a: \"file:relative\" }", "must be a reference"),
            ("{ a: [1] }", "must be one reference"),
            ("{ \"a b\": \"env:LONG\" }", "a secret's name"),
            ("7", "must be a mapping"),
        ])
    func mistakes(secrets: String, message: String) {
        let found = problems(playbook(secrets: secrets), ["SHORT": "12345", "LONG": "123456"])
        #expect(found.contains(message), "\(found)")
        #expect(!found.contains("hunter2") && !found.contains("12345"))
    }

    @Test("A mistake made with a secret does not repeat it")
    func misuse() {
        let found = problems(
            playbook(secrets: "{ a: \"env:A\" }", rest: "timing: { warmup: \"${a}\" }"),
            ["A": "hunter2hunter2"])
        #expect(found.contains("warmup"), "\(found)")
        #expect(!found.contains("hunter2"))
    }

    @Test("A secret is no variable: --set cannot give it, and its name is not used twice")
    func names() {
        let text = playbook(secrets: "{ a: \"env:A\" }")
        #expect(throws: PlaybookProblems.self) {
            try decode(text, ["A": "hunter2hunter2"], overrides: ["a": "mine"])
        }
        let twice = playbook(secrets: "{ a: \"env:A\" }", rest: "variables: { a: 1 }")
        #expect(problems(twice, ["A": "hunter2hunter2"]).contains("a variable and a secret"))
    }

    @Test("A value is found again and again, inside JSON too, and the longer one first")
    func redaction() {
        let secrets = Secrets(["short": "passwo", "long": "passwo\"rd\n1", "tiny": "1"])
        #expect(
            secrets.redact("passwo\"rd\n1 passwo passwopasswo 1")
                == "(secret long) (secret short) (secret short)(secret short) 1")
        #expect(secrets.redact(#"{"a":"passwo\"rd\n1"}"#) == #"{"a":"(secret long)"}"#)
        #expect(secrets.redact("passw") == "passw")
        #expect(Secrets().redact("passwo") == "passwo")
    }
}
