import Foundation
import Kernel
import Records
import Testing

/// The shipped playbook that no host without netem can run, passes there.
@Suite("lossy-network, by a real netem", .serialized, .timeLimit(.minutes(8)))
struct LossyDrillTests {
    /// What a slow host needs.
    ///
    /// Emulated, an answer takes hundreds of milliseconds: a client that waited for less would send
    /// everything again and again, also when nothing is lost. Two or three losses of one packet make
    /// it later than this.
    private static let settings = [
        "clients=1", "rate=3/s", "timeout=2s", "loss=50%", "warmup=6s", "hold=10s",
    ]

    init() throws { try Machine.require() }

    /// Runs it up to three times, for a drill whose steady state was not
    /// there, or that has shown nothing, has said that the machine was too slow, and no more.
    private func verdict() async throws -> Verdict {
        var attempts = 1
        while true {
            let program = try ReleasedProgram()
            let start = ContinuousClock.now
            let verdict = try await drill(program)
            print("lossy-network: \(start.duration(to: .now)), \(verdict.reason)")
            let isSilent = [.preconditionUnmet, .inconclusive].contains(verdict.outcome)
            if attempts == 3 || !isSilent {
                #expect(
                    [.passed, .failed].contains(verdict.outcome), "three times: \(program.output)")
                try program.remove()
                return verdict
            }
            try program.remove()
            attempts += 1
        }
    }

    private func drill(_ program: ReleasedProgram) async throws -> Verdict {
        let before = try program.qdiscs(of: "lo")
        let playbook = FileManager.default.currentDirectoryPath + "/playbooks/lossy-network.yaml"
        let drill = try program.start(["run", playbook] + Self.settings.flatMap { ["--set", $0] })
        let status = await drill.wait(atMost: .seconds(240))
        _ = await drill.terminate(grace: .zero)
        #expect(try program.qdiscs(of: "lo") == before)
        let verdict = try program.verdict()
        #expect(status == .exited(verdict.outcome.exitCode), "\(program.output)")
        return verdict
    }

    /// The fault's record tells what was asked beside what was achieved, and that no more was hit.
    private func expectProof(_ verdict: Verdict) throws {
        let fault = try #require(verdict.faults.first)
        #expect(fault.backend == "netem")
        #expect(fault.injection == .confirmed, "\(fault.proof)")
        #expect(fault.proof.contains("asked were 50.0 %"), "\(fault.proof)")
        #expect(fault.undo == .clean && fault.undoneBy == .drill, "\(fault.comparisons)")
        let achieved = Dictionary(
            fault.achieved.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let lost = try #require(achieved["packets lost"])
        #expect(lost.requested.value == 0.5 && lost.before?.value == 0 && lost.after?.value == 0)
        #expect(lost.during?.interval != nil, "\(lost)")
        #expect(achieved["packets lost in a row"]?.requested.value == 3)
        let beside = try #require(
            achieved["packets of a flow beside the aim that were touched"])
        #expect(beside.during?.value == 0 && beside.samples > 500, "\(beside)")
    }

    @Test("The sound service passes: nothing is lost, and nothing comes twice")
    func sound() async throws {
        let verdict = try await verdict()
        #expect(verdict.outcome == .passed, "\(verdict.reason)")
        #expect(verdict.ledger?.duplicated == 0 && verdict.ledger?.lost.isEmpty == true)
        try expectProof(verdict)
    }
}
