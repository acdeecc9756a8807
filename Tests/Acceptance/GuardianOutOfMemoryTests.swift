import Foundation
import Kernel
import Records
import TestSupport
import Testing

/// A drill whose guardian the kernel ends for want of memory.
@Suite("A guardian that runs out of memory", .serialized, .timeLimit(.minutes(2)))
struct GuardianOutOfMemoryTests {
    /// Faults that the kernel does not end with the drill's guardian.
    private static let playbook = """
        playbook: unguarded
        title: Nobody watches any more
        hypothesis: A drill without its guardian takes everything out.
        target: { kind: reference, nodes: 2, lease: 1 s, storage: { kind: tmpfs } }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 5 s, drain: 5 s }
        method:
          - parallel:
              - { fault: disk.fill, on: { role: standby, path: data }, leave: 0 B, for: 60 s }
              - { fault: process.kill, on: { role: standby }, signal: STOP, for: 60 s }
        expect:
          - { check: no_crash }
        limits: { processes: 1, disk: 128 MiB }
        """

    @Test("The drill takes everything out by itself, and ends as an error of the tool")
    func killed() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/unguarded.yaml"
        try Self.playbook.write(toFile: file, atomically: true, encoding: .utf8)
        let child = try command.start(["run", file, "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        let guardian = try #require(command.guardian(isStandby: false))
        let group = try MemoryGroup(limit: 64 << 20)
        try group.add(guardian)
        // It has asked to be spared; in this group it is the first to go.
        try MemoryGroup.write("1000", to: "/proc/\(guardian.pid)/oom_score_adj")
        // It reads zeros without a line's end until there is no more memory for them.
        let glutton = try ChildProcess.spawn(
            .init(
                executable: "/bin/sh",
                arguments: ["-c", "echo $$ >\(group.path)/cgroup.procs && exec tail /dev/zero"],
                environment: ["PATH=/usr/bin:/bin"]))
        let status = await child.wait(atMost: .seconds(60))
        _ = await glutton.terminate(grace: .zero)
        _ = await child.terminate(grace: .zero)
        await group.remove()
        #expect(status == .exited(7), "\(command.output)")
        #expect(!ProcessTable.isAlive(guardian))
        let verdict = try command.verdict()
        #expect(verdict.faults.count == 2)
        #expect(verdict.faults.allSatisfy { $0.undo == .clean && $0.undoneBy == .drill })
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
    }
}
