import Dispatch
import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Undo
import Web

/// The drills of this host as processes: which run, how one is stopped, how one is begun.
struct DrillProcesses: Sendable {
    private let evidence: [String]
    private let children = Children()

    /// The drills that were begun here, until they have ended.
    private final class Children: Sendable {
        /// How many may run at a time.
        static let limit = 4

        private let alive = Mutex<[ChildProcess]>([])

        func begin(_ options: ChildProcess.Options) throws -> ChildProcess {
            try alive.withLock { alive in
                alive.removeAll { $0.status != nil }
                guard alive.count < Self.limit else { throw TooMany() }
                let child = try ChildProcess.spawn(options)
                alive.append(child)
                return child
            }
        }
    }

    /// As many drills as may run at a time run already.
    private struct TooMany: Error, CustomStringConvertible {
        let description = "\(Children.limit) drills that were begun here run: wait for one to end"
    }

    init(_ options: HistoryOptions) {
        evidence = options.evidence.first.map { ["--evidence", $0] } ?? []
    }

    var control: DrillControl {
        DrillControl(
            running: { DrillStop.running(in: Self.reach) },
            stop: { await Self.stop($0, in: Self.reach) },
            start: { [self] in try await start($0) })
    }

    /// Where drills are found; asked each time, for the first drill makes the directory.
    private static var reach: DrillReach {
        let environment = ProcessInfo.processInfo.environment
        return DrillReach(
            stateDirectory: environment["FIREDRILL_STATE"].flatMap { $0.isEmpty ? nil : $0 },
            environment: environment)
    }

    private static func stop(_ drill: String, in reach: DrillReach) async -> String {
        // It blocks its thread until the drill has ended.
        let findings = await withCheckedContinuation {
            (done: CheckedContinuation<[DrillStop.Finding], Never>) in
            DispatchQueue.global().async {
                done.resume(returning: DrillStop(reach, drill: drill).run())
            }
        }
        guard let finding = findings.first else { return "\(drill) had ended already" }
        if !finding.failure.isEmpty { return "\(drill): \(finding.failure)" }
        let out = finding.faultsOut.map { ", faults out after \($0.duration.text)" }
        return "\(drill) is stopped" + (out ?? "")
    }

    /// Begins a drill of its own, which outlives this service, and looks whether it was refused.
    private func start(_ playbook: String) async throws -> String {
        let program = OwnProgram.beside("firedrill")
        // What it says goes where our own log goes; standard output is ours alone.
        let options = ChildProcess.Options(
            executable: program, arguments: ["run", "--quiet"] + evidence + ["--", playbook],
            environment: ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" },
            standardOutput: STDERR_FILENO, standardError: STDERR_FILENO, diesWithParent: false)
        let child = try children.begin(options)
        if let status = await child.wait(atMost: .seconds(2)), status != .exited(0) {
            throw StartFailure(playbook: playbook, status: "\(status)")
        }
        return "The drill has begun."
    }
}

/// A drill ended as soon as it had begun.
private struct StartFailure: Error, CustomStringConvertible {
    var playbook: String
    var status: String

    var description: String {
        "could not run \(playbook): it ended at once (\(status)); the service's log says why"
    }
}
