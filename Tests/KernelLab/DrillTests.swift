import Foundation
import Kernel
import Records
import Testing

/// Whole drills with the released programs, on a kernel that has netem.
@Suite("A drill with netem", .serialized, .timeLimit(.minutes(5)))
struct DrillTests {
    /// As little load as shows something: emulated, each connection takes its time.
    private static let playbook = """
        playbook: netem-delay
        title: Requests to the primary take longer, by netem
        hypothesis: While every request takes half a second longer, nothing is lost.
        seed: 11
        target:
          kind: reference
          nodes: 2
          durability: synced
          lease: 15 s
        workload: { producers: 1, consumers: 1, rate: 2/s, payload: 256 B }
        timing: { warmup: 1 s, baseline: 2 s, recovery: 20 s, drain: 20 s }
        method:
          - fault: network.delay
            on: { link: clients to primary }
            delay: 500 ms
            backend: netem
            for: 12 s
          - wait: 3 s
        expect:
          - check: no_crash
          - check: no_loss
            at_least: 5
        limits: { processes: 0, disk: 0 B, interfaces: [lo] }
        """

    private let program: ReleasedProgram
    private let path: String

    init() throws {
        try Machine.require()
        program = try ReleasedProgram()
        path = try program.write(Self.playbook, as: "netem-delay")
    }

    @Test("passes, names its backend and its aim, and leaves the interface as it was")
    func whole() async throws {
        let before = try qdiscs()
        let drill = try program.start(["run", path])
        // While it runs netem is seen from outside.
        #expect(
            try await eventually { try qdiscs().contains { $0.kind == "netem" } },
            "\(program.output)")
        let status = await drill.wait(atMost: .seconds(120))
        _ = await drill.terminate(grace: .zero)
        #expect(status == .exited(0), "\(program.output)")
        #expect(try qdiscs() == before)

        let verdict = try program.verdict()
        let fault = try #require(verdict.faults.first)
        #expect(verdict.outcome == .passed)
        #expect(fault.backend == "netem")
        #expect(fault.injection == .confirmed, "\(fault.proof)")
        #expect(fault.undo == .clean && fault.undoneBy == .drill)
        #expect(fault.comparisons.contains { $0.what == "qdiscs of lo" && $0.isSame })
        let heal = fault.achieved.first { $0.name.contains("lost") }
        #expect(heal?.after?.value == 0, "\(fault.achieved)")
        print("drill: \(fault.proof)")
        try finish()
    }

    @Test("leaves nothing when it is killed in the middle, and the guardian has done it")
    func killed() async throws {
        let before = try qdiscs()
        let drill = try program.start(["run", path])
        #expect(
            try await eventually { try qdiscs().contains { $0.kind == "netem" } },
            "\(program.output)")
        try drill.signal(SIGKILL)
        let start = ContinuousClock.now
        _ = await drill.wait()
        #expect(try await eventually { try qdiscs() == before && processes.isEmpty })
        let time = start.duration(to: .now)
        print("drill killed: nothing left after \(time)")
        #expect(time < .seconds(10))
        let revert = try program.start(["revert"])
        #expect(await revert.wait(atMost: .seconds(30)) == .exited(0), "\(program.output)")
        #expect(try qdiscs() == before)
        try finish()
    }

    private func qdiscs() throws -> [Qdisc] {
        try program.qdiscs(of: "lo")
    }

    /// What is left of the drill: its guardian, its nodes and their workers.
    private var processes: [String] {
        ProcessTable.all().compactMap { identity in
            let line = ProcessTable.commandLine(of: identity.pid) ?? []
            guard line.contains(where: { $0.contains(program.directory) }),
                ProcessTable.isAlive(identity)
            else { return nil }
            return line.joined(separator: " ")
        }
    }

    private func finish() throws {
        #expect(processes.isEmpty)
        try program.remove()
    }
}
