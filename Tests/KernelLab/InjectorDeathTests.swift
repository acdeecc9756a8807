import Glibc
import Kernel
import Records
import Testing
import Undo

@Suite("An injector that is killed", .serialized, .timeLimit(.minutes(25)))
struct InjectorDeathTests {
    /// Emulated, everything takes many times as long; on a plain machine it is milliseconds.
    private static let bound = Duration.seconds(5)

    init() throws { try Machine.require() }

    @Test(
        "leaves nothing, at whichever step of a fault's life it dies",
        arguments: [
            "started", "snapshot", "recorded", "injected", "read back", "held", "subsided",
            "reverted", "verified", "closed",
        ])
    func steps(step: String) async throws {
        let injector = try InjectorProcess(killedAt: step)
        #expect(await injector.process.wait(atMost: .seconds(30)) == .signaled(SIGKILL))
        let undone = try #require(try await Self.undo(of: injector))
        #expect(undone.time < Self.bound)
        let isOpen = !["started", "snapshot", "closed"].contains(step)
        #expect(undone.byGuardian == isOpen)
    }

    /// How many random moments are tried: FIREDRILL_LAB_MOMENTS, or as many as a minute allows.
    private static let count = getenv("FIREDRILL_LAB_MOMENTS").flatMap { Int(String(cString: $0)) }

    @Test("leaves nothing, at whichever random moment it dies")
    func moments() async throws {
        var random = SeededGenerator(seed: 20)
        var times: [Duration] = []
        var hits = 0
        for moment in 0..<(Self.count ?? 50) {
            let injector = try InjectorProcess(killedAt: nil)
            #expect(await injector.isReady())
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<100_000, using: &random)))
            try injector.process.signal(SIGKILL)
            _ = await injector.process.wait()
            let undone = try #require(try await Self.undo(of: injector), "moment \(moment)")
            times.append(undone.time)
            if undone.byGuardian { hits += 1 }
        }
        times.sort()
        let longest = try #require(times.last)
        #expect(longest < Self.bound)
        // Most of a life is spent with its undo record open.
        #expect(hits * 4 >= times.count, "only \(hits) of the moments fell into a fault")
        print(
            "SIGKILL at \(times.count) random moments, \(hits) of them within a fault's life:"
                + " nothing left after \(times[times.count / 2]) (median), \(longest) (longest)")
    }

    /// How long the interface took to be as before, and whether the guardian had work to do.
    private struct Undo {
        var time: Duration
        var byGuardian: Bool
    }

    /// Waits until the guardian has ended; nil when something of the fault stayed.
    private static func undo(of injector: InjectorProcess) async throws -> Undo? {
        let start = ContinuousClock.now
        guard try await eventually({ try isUntouched(injector) }) else { return nil }
        let time = start.duration(to: .now)
        #expect(try await eventually { injector.guardians.isEmpty })
        #expect(try isUntouched(injector))
        let findings = try Reversion(directory: injector.state).run()
        for finding in findings {
            #expect(finding.state == .clean, "\(finding)")
            #expect(finding.undone.allSatisfy { $0.by == .guardian }, "\(finding)")
        }
        // Succeeds only when nothing is in it.
        #expect(rmdir(injector.state) == 0, "\(Descriptor.names(in: injector.state))")
        return Undo(time: time, byGuardian: findings.contains { !$0.undone.isEmpty })
    }

    private static func qdiscs() throws -> [Qdisc] {
        try NetlinkSocket().qdiscs(ofInterface: NetworkInterface.index(of: "lo"))
    }

    /// The kernel's default alone is on the loopback interface, and nothing is steered.
    private static func isUntouched(_ injector: InjectorProcess) throws -> Bool {
        let table = "lab-injector-\(injector.process.identity.pid)"
        return try qdiscs().allSatisfy { $0.handle == 0 } && !NftablesTable.exists(name: table)
    }
}

/// The program that lives through faults, with undo records of its own.
private struct InjectorProcess {
    let process: ChildProcess
    let state: String
    private let reader: Descriptor

    init(killedAt step: String?) throws {
        state = "/run/lab-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KernelError(call: "pipe", object: "", reason: .errno(errno))
        }
        reader = Descriptor(ends[0])
        let writer = Descriptor(ends[1])
        let programs = try Machine.programsOfTheTests
        process = try ChildProcess.spawn(
            .init(
                executable: "\(programs)/lab-injector",
                arguments: ["\(programs)/firedrill-guardian", state, "netem"]
                    + [step].compactMap { $0 },
                standardOutput: writer.number))
    }

    /// Waits until its guardian watches.
    func isReady() async -> Bool {
        await Readiness.wait(for: reader.number, atMost: .seconds(30))
    }

    /// The guardian's process; empty once it has ended.
    var guardians: [ProcessIdentity] {
        ProcessTable.all().filter { identity in
            let line = ProcessTable.commandLine(of: identity.pid) ?? []
            return line.contains { $0.hasPrefix(state + "/") } && ProcessTable.isAlive(identity)
        }
    }
}
