import Foundation
import Kernel
import Records
import Testing

/// The programs lie on a mount of a namespace that ends as soon as the drill takes its own.
@Suite("A drill from a mount that nobody else sees", .timeLimit(.minutes(2)))
struct PrivateMountTests {
    @Test("finds its guardian and the service beside itself")
    func beside() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/beside.yaml"
        try """
        playbook: beside
        title: A node starts
        hypothesis: It runs.
        target: { kind: reference, nodes: 1, lease: 1 s }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 1 s, drain: 1 s }
        method:
          - fault: process.pause
            on: { role: primary }
            for: 1 s
        expect:
          - { check: no_crash }
        limits: { processes: 1 }
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let mount = "\(command.directory)/programs"
        try FileManager.default.createDirectory(
            atPath: mount, withIntermediateDirectories: false)
        let drill = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/unshare",
                arguments: [
                    "--mount", "/bin/sh", "-c",
                    "mount --bind \"$1\" \"$2\" && exec \"$2/firedrill\" run --quiet \"$3\"",
                    "sh", try DrillCommand.programs, mount, file,
                ],
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(command.directory)",
                    "FIREDRILL_STATE=\(command.state)",
                    "FIREDRILL_EVIDENCE=\(command.directory)/evidence",
                ]))
        let status = await drill.wait(atMost: .seconds(90))
        _ = await drill.terminate(grace: .zero)
        let verdict = try command.verdict()
        #expect(status == .exited(0), "\(verdict.reason)")
        #expect(verdict.faults.map(\.undo) == [.clean])
    }
}
