import Glibc
import HostResidue
import Kernel
import Records

/// Who is killed, by SIGKILL but for one.
enum CampaignVictim: String, Codable, CaseIterable {
    case drill
    case guardian
    case standby
    /// The drill and its guardian, which leaves the standby.
    case both
    /// The drill, its guardian and the standby, which leaves nobody.
    case all
    /// The guardian by SIGTERM: it takes everything out before it ends.
    case termination

    /// Whether the drill loses a process that watches over it, and goes on.
    var leavesDrill: Bool { ![.drill, .both, .all].contains(self) }

    /// Of eight runs, two kill the drill, two the drill and its guardian, and one each of the others.
    static let drawn: [CampaignVictim] = [
        .drill, .drill, .both, .both, .all, .guardian, .standby, .termination,
    ]
}

/// What came of one run.
struct CampaignResult: Codable {
    var run: Int
    var victim: CampaignVictim
    /// From the start of the drill, or of the process that is the victim where it goes on.
    var killedAfterMilliseconds: Int
    /// Faults that the drill had confirmed to be in, out of its evidence.
    var faultsSeen = 0
    /// How the drill ended.
    var ending = ""
    /// From the last kill until the drill had ended by itself, its guardian or the standby being dead.
    var endedAfterMilliseconds: Int?
    /// From the end of the drill until the host was as before.
    var cleanAfterMilliseconds: Int?
    /// What was there 1 s after all were killed, on record for `firedrill revert`.
    var recorded: [String] = []
    /// What was there and should not have been; empty in a good run.
    var failures: [String] = []
}

/// One drill, killed at an instant, and the host before and after it.
struct CampaignRun {
    /// Nothing may be left this long after the end of the drill.
    static let bound = Duration.seconds(1)
    /// What may wait for `firedrill revert` when nobody is alive to undo it.
    ///
    /// A process that stands still is one of a frozen group: what the drill itself had started is
    /// residue as a process, stopped or not. An interface is the ifb that an interface's queueing of
    /// what comes in is led through, on one record with it.
    static let recordable: Set<ResidueKind> = [
        .queueing, .interface, .workDirectory, .undoRecord, .stoppedProcess, .controlGroup,
    ]

    let sandbox: Sandbox
    let number: Int
    let victim: CampaignVictim
    let instant: Duration
    /// Whether the drill is killed before its guardian, where both are.
    let isDrillFirst: Bool
    /// Whether the next drill finds the journal that this one leaves.
    let isReverted: Bool

    init(_ number: Int, seed: UInt64, span: Duration, sandbox: Sandbox) {
        var random = SeededGenerator(seed: seed, stream: "run \(number)")
        self.number = number
        self.sandbox = sandbox
        victim = CampaignVictim.drawn[Int.random(in: 0..<8, using: &random)]
        isDrillFirst = Bool.random(using: &random)
        instant = .nanoseconds(Int64.random(in: 0..<span.milliseconds * 1_000_000, using: &random))
        isReverted = Bool.random(using: &random)
    }

    func perform() async throws -> CampaignResult {
        var result = CampaignResult(
            run: number, victim: victim, killedAfterMilliseconds: Int(instant.milliseconds))
        let before = try sandbox.snapshot()
        let drill = try sandbox.start([
            "run", sandbox.playbook, "--seed", "\(number + 1)", "--quiet", "--yes", "--set",
            "group=\(sandbox.bystanders.group.path)",
        ])
        try await kill(drill, &result)
        await note(drill, &result)
        await awaitClean(since: before, &result)
        try await revert(&result, before: before)
        result.faultsSeen = sandbox.faultsSeen()
        try sandbox.removeEvidence()
        return result
    }

    private func kill(_ drill: ChildProcess, _ result: inout CampaignResult) async throws {
        let watcher =
            victim.leavesDrill
            ? await sandbox.watcher(of: drill, isStandby: victim == .standby) : nil
        try await Task.sleep(for: instant)
        let isLate = victim == .both || victim == .all
        let guardian =
            isLate ? await sandbox.watcher(of: drill, isStandby: false, isAwaited: false) : nil
        let standby =
            victim == .all
            ? await sandbox.watcher(of: drill, isStandby: true, isAwaited: false) : nil
        switch victim {
        case .drill: try? drill.signal(SIGKILL)
        case .guardian, .standby: try watcher.map { try Self.end($0) }
        case .termination: try watcher.map { try Self.end($0, by: SIGTERM) }
        case .both:
            if isDrillFirst { try? drill.signal(SIGKILL) }
            try guardian.map { try Self.end($0) }
            if !isDrillFirst { try? drill.signal(SIGKILL) }
        case .all:
            // In this order: the other way round one might have begun to undo.
            try standby.map { try Self.end($0) }
            try guardian.map { try Self.end($0) }
            try? drill.signal(SIGKILL)
        }
    }

    private static func end(
        _ identity: ProcessIdentity, by signal: Int32 = SIGKILL
    ) throws(KernelError) {
        do {
            try ProcessHandle(identity).signal(signal)
        } catch  where error.reason == .vanished {}
    }

    /// Waits for the drill's end, and judges it.
    private func note(_ drill: ChildProcess, _ result: inout CampaignResult) async {
        let start = MonotonicClock.now
        guard let status = await drill.wait(atMost: .seconds(40)) else {
            result.failures.append("the drill did not end within 40 s of its \(victim)")
            _ = await drill.terminate(grace: .zero)
            return
        }
        result.ending = "\(status)"
        guard victim.leavesDrill else { return }
        result.endedAfterMilliseconds = Int((MonotonicClock.now - start) / 1_000_000)
        // A drill whose guardians had done their work by then ends as it would have.
        let expected: [ExitStatus] = [7, 4, 1].map { .exited($0) }
        if !expected.contains(status) {
            result.failures.append("the drill ended with \(status)\n\(sandbox.output)")
        }
    }

    /// Looks until the host is as before, or until the bound has passed.
    private func awaitClean(
        since before: HostSnapshot, _ result: inout CampaignResult
    ) async {
        let start = MonotonicClock.now
        let bound = Self.bound.milliseconds * 1_000_000
        var residue: [Residue] = []
        repeat {
            do {
                // The moment before the look is what counts.
                let now = MonotonicClock.now
                residue = try sandbox.snapshot().differences(from: before)
                if residue.isEmpty {
                    result.cleanAfterMilliseconds = Int((now - start) / 1_000_000)
                    return
                }
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                result.failures.append("\(error)")
                return
            }
        } while MonotonicClock.now - start < bound
        let isRecorded = residue.contains { $0.kind == .undoRecord }
        for item in residue {
            if victim == .all, isRecorded, Self.recordable.contains(item.kind) {
                result.recorded.append(item.kind.rawValue)
            } else {
                result.failures.append("after 1 s: \(item)")
            }
        }
    }

    private func revert(_ result: inout CampaignResult, before: HostSnapshot) async throws {
        guard isReverted || !result.recorded.isEmpty || !result.failures.isEmpty else { return }
        let revert = try sandbox.start(["revert"], output: "revert.txt")
        let status = await revert.wait(atMost: .seconds(30))
        if status != .exited(0) {
            let text = status.map { "\($0)" } ?? "nothing"
            result.failures.append("revert ended with \(text)\n\(sandbox.text("revert.txt"))")
            _ = await revert.terminate(grace: .zero)
        }
        for item in try sandbox.snapshot().differences(from: before) {
            result.failures.append("after revert: \(item)")
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
