import Foundation
import Kernel
import Testing

/// What the drill's caller and its testbed keep secret, looked for in all that a drill writes.
@Suite("Secrets", .timeLimit(.minutes(3)))
struct SecretTests {
    private static let playbook = """
        playbook: secrets
        title: A command that prints its environment
        hypothesis: No evidence holds a secret.
        target: { kind: reference, nodes: 1, lease: 1 s }
        workload: { producers: 1, consumers: 1, rate: 20/s, payload: 64 B }
        timing: { warmup: 0 s, baseline: 1 s, recovery: 5 s, drain: 5 s }
        method:
          - probe: command
            run: ["/bin/sh", "-c", "env; env >&2; cat /proc/$PPID/environ; exit 1"]
          - fault: network.delay
            on: { link: clients to primary }
            delay: 5 ms
            backend: proxy
            for: 3 s
        expect:
          - { check: no_crash }
        """

    @Test("Neither the caller's variables nor the cluster's token reach any file of a drill")
    func evidence() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        let secret = "hush-\(UUID().uuidString)"
        command.environment = ["DATABASE_PASSWORD=\(secret)", "HARMLESS=\(secret)"]
        let file = "\(command.directory)/secrets.yaml"
        try Self.playbook.write(toFile: file, atomically: true, encoding: .utf8)
        let child = try command.start(["run", file, "--json", "--yes"])
        try await command.waitForOutput(containing: "faultInjected")
        let tokens = Self.tokens(of: command.directory)
        #expect(!tokens.isEmpty, "no node with a token was found")
        _ = await child.wait()
        let texts = Self.files(below: command.directory)
        #expect(texts.count > 10, "\(texts.keys.sorted())")
        for (path, text) in texts {
            for secret in tokens + [secret] {
                #expect(!text.contains(secret), "\(path) holds a secret")
            }
        }
    }

    private static let referring = """
        playbook: referring
        title: The password is ${password}
        hypothesis: No output holds a secret that the playbook refers to.
        secrets: { password: "env:DATABASE_PASSWORD", token: "file:TOKEN" }
        target: { kind: reference, nodes: 1, lease: 1 s }
        workload: { producers: 1, consumers: 1, rate: 20/s, payload: 64 B }
        timing: { warmup: 0 s, baseline: 1 s, recovery: 1 s, drain: 5 s }
        method:
          - probe: command
            name: login as ${password}
            run:
              - /bin/sh
              - -c
              - 'echo "$PASSWORD $1"; test "$PASSWORD" = "$0" && test -z "$DATABASE_PASSWORD"'
              - ${password}
              - ${token}
            environment: "PASSWORD=${password}"
            expect: { output_contains: "${password} ${token}" }
          - probe: command
            run: [/bin/false, "${token}"]
          - fault: network.delay
            name: delay for ${token}
            on: { link: clients to primary }
            delay: 5 ms
            backend: proxy
            for: 2 s
          - fault: process.kill
            on: { command_line: "nothing has ${password}" }
        expect:
          - { check: no_crash }
        """

    @Test(
        "Secrets that a playbook refers to are used, and no file and no line of output holds them")
    func references() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        let secrets = ["password", "token"].map { "\($0)-\"\(UUID().uuidString)" }
        command.environment = ["DATABASE_PASSWORD=\(secrets[0])"]
        // Outside the directory that is searched.
        let token = try DrillCommand()
        defer { token.remove() }
        try (secrets[1] + "\n").write(
            toFile: "\(token.directory)/token", atomically: true, encoding: .utf8)
        let file = "\(command.directory)/referring.yaml"
        try Self.referring
            .replacingOccurrences(of: "file:TOKEN", with: "file:\(token.directory)/token").write(
                toFile: file, atomically: true, encoding: .utf8)
        _ = try await command.run(["plan", file])
        let planned = command.output
        #expect(planned.contains("password from env:DATABASE_PASSWORD"), "\(planned)")
        _ = try await command.run(["run", file, "--yes"])
        let run = command.output
        #expect(run.contains("login as (secret password)"), "\(run)")
        let texts = Self.files(below: command.directory)
        #expect(texts.count > 10, "\(texts.keys.sorted())")
        let written = texts.merging(["plan": planned, "run": run]) { $1 }
        for (path, text) in written {
            for secret in secrets {
                #expect(!text.contains(secret), "\(path) holds a secret")
                let escaped = secret.replacingOccurrences(of: "\"", with: "\\\"")
                #expect(!text.contains(escaped), "\(path) holds a secret")
            }
        }
        let verdict = try #require(texts.first { $0.key.hasSuffix("verdict.json") }?.value)
        #expect(verdict.contains("(secret token)"))
    }

    @Test("The logs of a drill that is killed, in which a secret may stand, go with it")
    func killed() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        command.environment = ["DATABASE_PASSWORD=hush-\(UUID().uuidString)"]
        let file = "\(command.directory)/logs.yaml"
        let text = """
            playbook: logs
            hypothesis: No log outlives the drill.
            secrets: { password: "env:DATABASE_PASSWORD" }
            target: { kind: reference, nodes: 1, lease: 1 s }
            workload: { producers: 1, consumers: 1, rate: 20/s, payload: 64 B }
            timing: { warmup: 0 s, baseline: 1 s, recovery: 1 s, drain: 5 s }
            method:
              - fault: network.delay
                on: { link: clients to primary }
                delay: 5 ms
                backend: proxy
                for: WAIT
            expect:
              - { check: no_crash }
            """
        try text.replacing("WAIT", with: "60 s").write(
            toFile: file, atomically: true, encoding: .utf8)
        let child = try command.start(["run", file, "--yes", "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        func logs() -> [String] {
            Self.files(below: command.directory).keys.filter { $0.hasSuffix(".log") }
        }
        #expect(!logs().isEmpty && logs().allSatisfy { $0.contains("/work/logs/") }, "\(logs())")
        try child.signal(SIGKILL)
        _ = await child.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(logs().isEmpty, "\(logs())")
        try text.replacing("WAIT", with: "2 s").write(
            toFile: file, atomically: true, encoding: .utf8)
        _ = try await command.run(["run", file, "--yes"])
        #expect(!logs().isEmpty && logs().allSatisfy { $0.contains("/logs/") }, "\(logs())")
        #expect(logs().allSatisfy { !$0.contains("/work/") })
    }

    /// The tokens that the nodes of the drill below a directory have in their environment.
    private static func tokens(of directory: String) -> [String] {
        ProcessTable.all().flatMap { identity -> [String] in
            let line = ProcessTable.commandLine(of: identity.pid) ?? []
            guard line.contains(where: { $0.contains(directory) }),
                let bytes = FileManager.default.contents(atPath: "/proc/\(identity.pid)/environ")
            else { return [] }
            let prefix = "REFQUEUE_CLUSTER_TOKEN="
            return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                .filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
    }

    /// All files of the drill, the output of the command among them.
    private static func files(below directory: String) -> [String: String] {
        var texts: [String: String] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: directory) ?? .init()
        {
            guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
                continue
            }
            texts[name] = String(decoding: bytes, as: UTF8.self)
        }
        return texts
    }
}
