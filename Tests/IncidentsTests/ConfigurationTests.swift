import Foundation
import Playbooks
import Testing

@testable import Incidents

@Suite("incidents.yaml")
struct ConfigurationTests {
    private func decode(_ text: String) throws -> IncidentConfiguration {
        try IncidentConfigurationDecoder().decode(Array(text.utf8), file: "i.yaml")
    }

    @Test("Every kind of destination and rule is read")
    func everything() throws {
        let configuration = try decode(
            """
            destinations:
              - { name: archive, directory: /srv/incidents }
              - name: hook
                webhook: https://hooks.example/firedrill
                secret: { file: /etc/firedrill/hook.secret }
                ca: /etc/ssl/own.pem
              - { name: hub, github: acme/queue, issue: 7, token: { environment: TOKEN } }
              - name: lab
                gitlab: group/queue
                api: https://git.example/api/v4
                token: { file: /etc/firedrill/gitlab.token }
              - { name: chat, slack: { file: /etc/firedrill/slack.url } }
            alerts:
              - { on: [failed, residual], to: [chat, hook], playbooks: [primary-*] }
              - { on: missed, to: hook }
            repeat_after: 6 h
            """)
        #expect(
            configuration.destinations.map(\.name) == ["archive", "hook", "hub", "lab", "chat"])
        #expect(
            configuration.destinations[2].kind
                == .github(
                    api: "https://api.github.com", repository: "acme/queue", issue: 7,
                    token: .environment("TOKEN")))
        #expect(configuration.destinations[1].authorities == "/etc/ssl/own.pem")
        #expect(configuration.rules[0].kinds == [.failed, .residual])
        #expect(configuration.rules[1].playbooks == ["*"])
        #expect(configuration.repetition == .seconds(6 * 3600))
    }

    @Test(
        "What is wrong is said with its line and column",
        arguments: [
            ("destinations: [{ name: a }]", "i.yaml:1:16: a destination has one of directory"),
            (
                "destinations:\n  - { name: a, directory: srv }",
                "i.yaml:2:16: 'directory' is no absolute path"
            ),
            (
                "destinations:\n  - name: a\n    webhook: ftp://x\n    secret: { file: /x }",
                "i.yaml:3:5: 'webhook' is no http or https URL"
            ),
            (
                "destinations:\n  - { name: a, webhook: http://x/ }",
                "'webhook' needs 'secret' with either 'file' or 'environment'"
            ),
            (
                "destinations:\n  - { name: a, github: x, token: { file: /t } }",
                "i.yaml:2:16: 'github' is a repository as 'owner/name'"
            ),
            (
                "destinations:\n  - { name: a, directory: /x, token: { file: /t } }",
                "i.yaml:2:31: 'token' does not go with 'directory'"
            ),
            (
                "destinations:\n  - { name: a, directory: /x }\n  - { name: a, directory: /y }",
                "i.yaml:3:7: 'a' is the name of two destinations"
            ),
            ("destinations: [{ name: ../a, directory: /x }]", "'name' has 1 to 64 letters"),
            ("alerts: [{ on: failed, to: chat }]", "i.yaml:1:24: no destination is called 'chat'"),
            ("alerts: [{ on: faild, to: chat }]", "did you mean 'failed'?"),
            ("destination: []", "i.yaml:1:1: unknown key 'destination'"),
            ("", "i.yaml: the incident configuration is empty"),
            ("a: b: c", "i.yaml:1:5: not valid YAML"),
        ])
    func problems(text: String, message: String) {
        let error = #expect(throws: PlaybookProblems.self) { try decode(text) }
        #expect("\(error as Any)".contains(message), "\(error.map { "\($0)" } ?? "")")
    }

    @Test("A missing file is none, and a directory is refused")
    func files() async throws {
        try await Fixture.withDirectory { directory in
            let decoder = IncidentConfigurationDecoder()
            let missing = try decoder.decode(fileAt: "\(directory)/none.yaml")
            #expect(missing == nil)
            var message = "nothing is wrong"
            do {
                _ = try decoder.decode(fileAt: directory)
            } catch {
                message = "\(error)"
            }
            #expect(message.contains("the incident configuration is no regular file"))
        }
    }

    @Test("A secret is one word in a file that not everybody may read, or in a variable")
    func secrets() async throws {
        try await Fixture.withDirectory { directory in
            let path = "\(directory)/token"
            func write(_ text: String, _ mode: Int) throws {
                try Data(text.utf8).write(to: URL(filePath: path))
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
            try write("s3cret\n", 0o600)
            #expect(try SecretSource.file(path).read() == "s3cret")
            for (text, mode) in [("s3cret", 0o604), (" \n", 0o600), ("a\r\nX-Evil: b", 0o600)] {
                try write(text, mode)
                let error = #expect(throws: IncidentError.self) {
                    try SecretSource.file(path).read()
                }
                #expect(!"\(error as Any)".contains("s3cret"))
            }
            #expect(throws: IncidentError.self) { try SecretSource.file("\(path)x").read() }
            #expect(throws: IncidentError.self) {
                try SecretSource.environment("FIREDRILL_NO_SUCH_VARIABLE").read()
            }
        }
    }

    @Test(
        "A star stands for any text",
        arguments: [
            ("primary-kill", "*", true), ("primary-kill", "primary-*", true),
            ("primary-kill", "*-kill", true), ("primary-kill", "p*-*l", true),
            ("primary-kill", "primary", false), ("ab", "ab*b", false), ("", "*", true),
            ("a", "", false),
        ])
    func patterns(name: String, pattern: String, matches: Bool) {
        #expect(AlertRule.matches(name[...], pattern[...]) == matches)
    }
}
