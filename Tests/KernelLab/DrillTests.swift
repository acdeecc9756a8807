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

    private let directory: String

    init() throws {
        try Machine.require()
        directory = "/run/lab-drill-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        try Self.playbook.write(
            toFile: "\(directory)/netem-delay.yaml", atomically: false, encoding: .utf8)
    }

    @Test("passes, names its backend and its aim, and leaves the interface as it was")
    func whole() async throws {
        let before = try qdiscs()
        let drill = try start(["run", "\(directory)/netem-delay.yaml"])
        // While it runs netem is seen from outside.
        #expect(try await eventually { try qdiscs().contains { $0.kind == "netem" } }, "\(output)")
        let status = await drill.wait(atMost: .seconds(120))
        _ = await drill.terminate(grace: .zero)
        #expect(status == .exited(0), "\(output)")
        #expect(try qdiscs() == before)

        let evidence = try #require(
            try FileManager.default.contentsOfDirectory(atPath: "\(directory)/evidence").first)
        let data = try Data(
            contentsOf: URL(filePath: "\(directory)/evidence/\(evidence)/verdict.json"))
        let verdict = try JSONDecoder().decode(Verdict.self, from: data)
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
        let drill = try start(["run", "\(directory)/netem-delay.yaml"])
        #expect(try await eventually { try qdiscs().contains { $0.kind == "netem" } }, "\(output)")
        try drill.signal(SIGKILL)
        let start = ContinuousClock.now
        _ = await drill.wait()
        #expect(try await eventually { try qdiscs() == before && processes.isEmpty })
        let time = start.duration(to: .now)
        print("drill killed: nothing left after \(time)")
        #expect(time < .seconds(10))
        let revert = try self.start(["revert"])
        #expect(await revert.wait(atMost: .seconds(30)) == .exited(0), "\(output)")
        #expect(try qdiscs() == before)
        try finish()
    }

    /// Starts the released program with evidence and undo records of its own.
    private func start(_ arguments: [String]) throws -> ChildProcess {
        let programs = try #require(
            ProcessInfo.processInfo.environment["FIREDRILL_PROGRAMS"],
            "FIREDRILL_PROGRAMS must name the directory of the built programs: run make lab")
        let output = open("\(directory)/output.txt", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(output >= 0)
        defer { close(output) }
        return try ChildProcess.spawn(
            .init(
                executable: "\(programs)/firedrill", arguments: arguments,
                environment: [
                    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=\(directory)",
                    "FIREDRILL_STATE=\(directory)/state",
                    "FIREDRILL_EVIDENCE=\(directory)/evidence",
                ], workingDirectory: directory, standardOutput: output, standardError: output))
    }

    private var output: String {
        (try? String(contentsOfFile: "\(directory)/output.txt", encoding: .utf8)) ?? ""
    }

    private func qdiscs() throws -> [Qdisc] {
        try NetlinkSocket().qdiscs(ofInterface: NetworkInterface.index(of: "lo"))
    }

    /// What is left of the drill: its guardian, its nodes and their workers.
    private var processes: [String] {
        ProcessTable.all().compactMap { identity in
            let line = ProcessTable.commandLine(of: identity.pid) ?? []
            guard line.contains(where: { $0.contains(directory) }), ProcessTable.isAlive(identity)
            else { return nil }
            return line.joined(separator: " ")
        }
    }

    private func finish() throws {
        #expect(processes.isEmpty)
        try FileManager.default.removeItem(atPath: directory)
    }
}
