import Foundation
import Kernel
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

    @Test("The hours of a policy are the host's, whatever time zone the caller would like")
    func zone() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        func hours(around offset: TimeInterval) -> String {
            let format = DateFormatter()
            format.dateFormat = "HH:mm"
            let (start, end) = (Date.now + offset - 3600, Date.now + offset + 3600)
            return "hours: ['\(format.string(from: start))-\(format.string(from: end))']"
        }
        let playbook = DrillCommand.playbook("one-probe")
        for (offset, code) in [(0.0, 0), (3 * 3600.0, 2)] as [(TimeInterval, Int32)] {
            command.policy = try write(hours(around: offset), to: "policy.yaml", command)
            for zone in [[], ["TZ=XXX-3"], ["TZ=XXX-6"]] {
                command.environment = zone
                #expect(
                    try await command.run(["plan", playbook]) == code, "\(zone) \(command.output)")
            }
        }
    }

    @Test("Evidence is not kept where others could lead it elsewhere")
    func evidence() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let open = "\(command.directory)/open"
        try #require(mkdir(open, 0o700) == 0 && chmod(open, 0o777) == 0)
        let playbook = DrillCommand.playbook("primary-kill")
        #expect(try await command.run(["run", "--evidence", open, playbook]) == 2)
        #expect(command.output.contains("chmod o-w \(open)"), "\(command.output)")
        let names = try FileManager.default.contentsOfDirectory(atPath: open)
        #expect(names == [])
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

    @Test("A bind of a directory of the root file system is the root file system")
    func boundRoot() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let inside = "\(command.directory)/inside"
        try FileManager.default.createDirectory(
            atPath: inside, withIntermediateDirectories: false)
        let bind = "/mnt"
        let playbook = try write(
            """
            playbook: bind
            hypothesis: It fills nothing of the host's.
            method:
              - { fault: disk.fill, on: { path: \(bind) }, size: 1 MiB, for: 1 s }
            limits: { disk: 2 MiB, paths: [\(bind)] }
            """, to: "bind.yaml", command)
        for verb in [["plan"], ["run", "--yes"]] {
            let drill = try command.start(
                verb + [playbook], namespace: true, files: [bind: inside])
            #expect(await drill.wait() == .exited(2), "\(command.output)")
            #expect(
                command.output.contains("the host itself lives in this file system (/)"),
                "\(command.output)")
        }
    }

    @Test("What a drill would hit of the host is refused, or asked for, by its number and name")
    func processes() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        let mark = "600.\(UInt32.random(in: 1_000_000...9_999_999))"
        let victim = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: [mark]))
        let playbook = try write(
            """
            playbook: processes
            hypothesis: It says whom.
            method:
              - { fault: process.kill, on: { command_line: 'sleep \(mark)' } }
            limits: { processes: 1 }
            """, to: "processes.yaml", command)
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(
            command.output.contains("on \(victim.identity): /bin/sleep \(mark)"),
            "\(command.output)")
        #expect(command.output.contains("pass --yes if that is meant"), "\(command.output)")
        command.policy = try write(
            "protect: { processes: ['\(mark)'] }", to: "policy.yaml", command)
        for verb in [["plan"], ["run", "--yes"]] {
            #expect(try await command.run(verb + [playbook]) == 2)
            #expect(command.output.contains("protects processes like"), "\(command.output)")
        }
        #expect(ProcessTable.isAlive(victim.identity))
        _ = await victim.terminate(grace: .zero)
    }

    @Test("Load on the host is asked for, and a testbed alone is not")
    func load() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let playbook = try write(
            """
            playbook: load
            hypothesis: It asks first.
            method:
              - { fault: cpu.load, percent: 5 %, processors: 1, for: 1 s }
            limits: { cpu: 10 % }
            """, to: "load.yaml", command)
        #expect(try await command.run(["run", playbook]) == 2)
        #expect(command.output.contains("5 % of 1 processors"), "\(command.output)")
        #expect(
            try await command.run(["plan", "--json", DrillCommand.playbook("primary-kill")]) == 0)
        #expect(!command.output.contains("\"isOutside\" : true"), "\(command.output)")
    }
}
