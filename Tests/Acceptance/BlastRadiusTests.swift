import Foundation
import Testing

/// Drills that go too far for their host, or for whoever starts them.
@Suite("The blast radius, from the command line")
struct BlastRadiusTests {
    private func write(_ text: String, to name: String, _ command: DrillCommand) throws -> String {
        let path = "\(command.directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("What the host's policy forbids is refused before anything starts")
    func policy() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        command.policy = try write("limits: { processes: 0 }", to: "policy.yaml", command)
        let playbook = DrillCommand.playbook("primary-kill")
        #expect(try await command.run(["plan", playbook]) == 2)
        #expect(
            command.output.contains("REFUSED  policy limits.processes: at most 0"),
            "\(command.output)")
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(command.output.contains("policy limits.processes"), "\(command.output)")
        command.policy = try write("limits: { proceses: 0 }", to: "typo.yaml", command)
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(command.output.contains("did you mean 'processes'?"), "\(command.output)")
    }

    @Test("A drill that would take longer than its limits is refused")
    func duration() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let playbook = try write(
            """
            playbook: long
            hypothesis: It is too long.
            method:
              - { wait: 10 s }
            limits: { duration: 5 s }
            """, to: "long.yaml", command)
        #expect(try await command.run(["plan", playbook]) == 2)
        #expect(command.output.contains("REFUSED  duration: at most 5"), "\(command.output)")
    }

    @Test("What the host cannot do is refused before anything starts")
    func host() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        // This kernel may have netem; it is then the limits that name no interface.
        let text = try String(
            contentsOfFile: DrillCommand.playbook("lossy-network"), encoding: .utf8
        )
        .replacingOccurrences(of: "interfaces: [lo]", with: "interfaces: []")
        let playbook = try write(text, to: "lossy-network.yaml", command)
        for verb in ["plan", "run"] {
            #expect(try await command.run([verb, playbook]) == 2)
            #expect(
                command.output.contains("network.shape: could not shape packets by netem"),
                "\(command.output)")
        }
    }

    @Test("What lies outside a testbed is touched only when that is meant")
    func outside() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let playbook = try write(
            """
            playbook: outside
            hypothesis: It asks first.
            method:
              - { fault: process.kill, on: { pid_file: /nowhere/at.pid }, signal: TERM }
            """, to: "outside.yaml", command)
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(command.output.contains("pass --yes if that is meant"), "\(command.output)")
        #expect(try await command.run(["run", playbook, "--yes"]) == 4)
        #expect(
            command.output.contains("/nowhere/at.pid cannot be read: No such file or directory;"),
            "\(command.output)")
    }
}
