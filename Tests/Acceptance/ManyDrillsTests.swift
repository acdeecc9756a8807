import Foundation
import Kernel
import Records
import Testing

/// Drills beside each other, with one state directory.
@Suite("Many drills on one host", .serialized, .timeLimit(.minutes(6)))
struct ManyDrillsTests {
    /// A rate that stays for two seconds, or as long as a test needs it.
    private static func playbook(lasting: String) -> String {
        """
        playbook: narrow
        title: A narrow network
        hypothesis: One interface has one writer.
        target: { kind: reference, nodes: 1, lease: 1 s }
        timing: { warmup: 0 s, baseline: 0 s, recovery: 1 s, drain: 1 s }
        method:
          - fault: network.rate
            on: { link: clients to primary }
            bytes_per_second: 64 KiB
            for: \(lasting)
        expect:
          - { check: no_crash }
        limits: { processes: 0, interfaces: [lo] }
        """
    }

    @Test(
        "A hundred at once, each in a network namespace of its own, hinder nobody and leave nothing"
    )
    func hundred() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let file = "\(command.directory)/narrow.yaml"
        try Self.playbook(lasting: "2 s").write(toFile: file, atomically: true, encoding: .utf8)
        let children = try (0..<100).map { number in
            try command.start(
                ["run", "--yes", file, "--quiet"], namespace: true, output: "\(number).txt")
        }
        for child in children {
            let status = await child.wait(atMost: .seconds(240))
            // So many at once may starve a measurement: that is inconclusive, and no failure.
            #expect(status == .exited(0) || status == .exited(4), "\(String(describing: status))")
            if status == nil { _ = await child.terminate(grace: .zero) }
        }
        let verdicts = try command.drills.map { try command.verdict(of: $0) }
        #expect(verdicts.count == 100)
        for verdict in verdicts {
            #expect(verdict.faults.map(\.undo) == [.clean], "\(verdict.reason)")
            #expect(!verdict.faults.contains { $0.proof.contains("is at work on it") })
        }
        let residue = await Residue.waitUntilGone(of: command.directory, within: .seconds(1))
        #expect(residue.isEmpty, "\(residue)")
        #expect(try await command.run(["revert"]) == 0)
        #expect(command.output.contains("nothing on record"), "\(command.output)")
    }

    @Test("A second drill at one interface is refused, and told that another is at work there")
    func refused() async throws {
        let first = try DrillCommand()
        defer { first.remove() }
        var second = try DrillCommand()
        defer { second.remove() }
        second.state = "\(first.directory)/state"
        let file = "\(first.directory)/narrow.yaml"
        try Self.playbook(lasting: "60 s").write(toFile: file, atomically: true, encoding: .utf8)
        let child = try first.start(["run", "--yes", file, "--json"])
        try await first.waitForOutput(containing: "faultInjected")
        let code = try await second.run(["run", "--yes", file])
        #expect(code == 2)
        #expect(second.output.contains("another drill is at work there"), "\(second.output)")
        try child.signal(SIGINT)
        #expect(await child.wait() == .exited(6))
    }
}
