import Foundation
import Kernel
import Records
import Testing
import Undo

/// Ends drills in the middle, gently and not, and looks at what is left.
@Suite("A drill that is interrupted", .serialized)
struct InterruptionTests {
    /// From the first milliseconds of the start, over every step of the faults' lives, into the
    /// drain, in milliseconds.
    private static let instants = [20, 60, 120, 300, 600, 1000, 1600, 2400, 3500, 5000, 6500, 8000]

    @Test("Nothing is left 1 s after SIGKILL, whenever it comes", arguments: instants)
    func killed(instant: Int) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let child = try command.start(["run", DrillCommand.playbook("quick-faults"), "--seed", "3"])
        try await Task.sleep(for: .milliseconds(instant))
        try child.signal(SIGKILL)
        _ = await child.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
    }

    @Test("A partition's rules are in the kernel while the drill lives, and gone with it")
    func killedInPartition() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/cut-off.yaml"
        try Self.partition.write(toFile: file, atomically: true, encoding: .utf8)
        let child = try command.start(["run", file, "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        let table = "firedrill-\(child.identity.pid)-f1"
        #expect(try NftablesTable.exists(name: table), "\(command.output)")
        try child.signal(SIGKILL)
        _ = await child.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try !NftablesTable.exists(name: table))
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
    }

    /// A partition that lasts until somebody ends the drill.
    private static let partition = """
        playbook: cut-off
        title: Two nodes that do not hear each other
        hypothesis: The rules end with the drill.
        target: { kind: reference, nodes: 2, lease: 1 s }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 5 s, drain: 5 s }
        method:
          - { fault: network.partition, shape: halves, for: 60 s, backend: nftables }
        expect:
          - { check: no_crash }
        limits: { processes: 0, interfaces: [lo] }
        """

    @Test(
        "SIGINT and SIGTERM end a drill as aborted, with everything taken out",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func aborted(signal: Int32) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let child = try command.start(["run", DrillCommand.playbook("quick-faults"), "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        try child.signal(signal)
        #expect(await child.wait() == .exited(6), "\(command.output)")
        let verdict = try command.verdict()
        #expect(verdict.outcome == .aborted)
        #expect(verdict.abortLatency != nil)
        #expect(verdict.faults.allSatisfy { $0.undo == .clean })
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
    }

    @Test("A halt ends every drill, and none begins before it is lifted")
    func halted() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let quick = DrillCommand.playbook("quick-faults")
        let child = try command.start(["run", quick, "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        #expect(try await command.run(["halt", "--reason", "enough for today"]) == 0)
        #expect(command.output.contains("the last fault was out after"), "\(command.output)")
        #expect(await child.wait() == .exited(6))
        let verdict = try command.verdict()
        #expect(verdict.reason.contains("enough for today"), "\(verdict.reason)")
        #expect(verdict.faults.allSatisfy { $0.undo == .clean })
        #expect(try await command.run(["run", quick]) == 2)
        #expect(command.output.contains("enough for today"), "\(command.output)")
        #expect(try await command.run(["resume"]) == 0)
        #expect(try await command.run(["run", "--yes", DrillCommand.playbook("one-probe")]) == 0)
    }

    @Test(
        "The death of the guardian or of its standby ends a drill as an error, all taken out",
        arguments: [false, true])
    func watcherKilled(isStandby: Bool) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let child = try command.start(["run", DrillCommand.playbook("quick-faults"), "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        let watcher = try #require(command.guardian(isStandby: isStandby))
        try ProcessHandle(watcher).signal(SIGKILL)
        #expect(await child.wait() == .exited(7), "\(command.output)")
        #expect(try command.verdict().faults.allSatisfy { $0.undo == .clean })
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
    }

    @Test(
        "Nothing is left 1 s after SIGKILL to a drill and its guardian, in either order",
        arguments: [true, false])
    func bothKilled(isDrillFirst: Bool) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/lasting.yaml"
        try Self.lasting.write(toFile: file, atomically: true, encoding: .utf8)
        let child = try command.start(["run", file, "--json"])
        try await command.waitForOutput(containing: "faultInjected", count: 3)
        let guardian = try ProcessHandle(#require(command.guardian(isStandby: false)))
        if isDrillFirst { try child.signal(SIGKILL) }
        try guardian.signal(SIGKILL)
        if !isDrillFirst { try child.signal(SIGKILL) }
        _ = await child.wait()
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        // Nothing is left for a revert either.
        #expect(try Reversion(directory: command.state).unsettledDrills() == [])
        let told = try #require(command.drills.first.map { "\($0)/undone.jsonl" })
        let lines = try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n")
        let names = ["work", "f1", "f2", "f3"]
        for name in names {
            let mark = "\"identifier\":\"\(name)\""
            #expect(lines.count { $0.contains(mark) } == 1, "\(name) in \(lines)")
        }
        #expect(lines.allSatisfy { !$0.contains("\"isSame\":false") }, "\(lines)")
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
    }

    /// Faults that last until somebody ends the drill, with mounts of its own below them.
    private static let lasting = """
        playbook: lasting
        title: A full disk, a stopped process and a partition
        hypothesis: They end with the drill, or its standby ends them.
        target: { kind: reference, nodes: 2, lease: 1 s, storage: { kind: tmpfs } }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 5 s, drain: 5 s }
        method:
          - parallel:
              - { fault: disk.fill, on: { role: standby, path: data }, leave: 0 B, for: 60 s }
              - { fault: process.kill, on: { role: standby }, signal: STOP, for: 60 s }
              - { fault: network.partition, shape: halves, for: 60 s, backend: nftables }
        expect:
          - { check: no_crash }
        limits: { processes: 1, disk: 128 MiB, interfaces: [lo] }
        """
}
