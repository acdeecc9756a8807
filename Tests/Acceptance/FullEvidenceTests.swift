import Foundation
import Glibc
import Kernel
import Records
import Testing

/// A drill whose evidence has no more room.
@Suite("A full disk under the evidence", .timeLimit(.minutes(2)))
struct FullEvidenceTests {
    private static let playbook = """
        playbook: full
        title: A load that fills the evidence's disk
        hypothesis: A drill that can no longer write down what it sees takes everything out.
        target: { kind: reference, nodes: 1, lease: 1 s }
        workload: { producers: 4, consumers: 4, rate: 2000/s, payload: 64 B }
        timing: { warmup: 0 s, baseline: 500 ms, recovery: 5 s, drain: 5 s }
        method:
          - fault: network.delay
            on: { link: clients to primary }
            delay: 2 ms
            backend: proxy
            for: 60 s
        expect:
          - { check: no_loss }
        """

    @Test("ends the drill as an error of the tool, with everything taken out")
    func full() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let small = "\(command.directory)/small"
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: false)
        try MountNamespace.mountTemporary(at: small, size: 1 << 20)
        defer { umount2(small, Int32(MNT_DETACH)) }
        let file = "\(command.directory)/full.yaml"
        try Self.playbook.write(toFile: file, atomically: true, encoding: .utf8)
        let code = try await command.run(["run", file, "--evidence", "\(small)/evidence"])
        #expect(code == 7, "\(command.output)")
        #expect(command.output.contains("No space left on device"), "\(command.output)")
        let residue = await Residue.waitUntilGone(of: "\(small)/evidence", within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try await command.run(["revert"]) == 0)
        #expect(command.output.contains("nothing on record"), "\(command.output)")
    }
}
