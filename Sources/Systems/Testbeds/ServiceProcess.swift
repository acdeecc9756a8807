import Glibc
import Kernel
import Records
import Synchronization
import Undo

/// One process of a testbed, that can be started again after its end and never outlives the drill.
final class ServiceProcess: Sendable {
    /// What is run.
    struct Command: Sendable {
        var executable: String
        var arguments: [String]
        /// Added to the little that every process gets, `NAME=value` each; may hold secrets.
        var environment: [String] = []
        /// By how much its monotonic clock and its time since boot are ahead of ours; nil for ours.
        var clockOffset: Duration?
    }

    private struct State {
        var child: ChildProcess?
        var watch: Task<Void, Never>?
        var starts = 0
        var isStopping = false
    }

    let name: String
    /// Where its output goes, for messages; a restart appends.
    let logPath: String
    private let logName: String
    private let environment: TestbedEnvironment
    private let state = Mutex(State())

    init(name: String, environment: TestbedEnvironment) {
        self.name = name
        self.environment = environment
        logName = "\(name).log"
        logPath = environment.logs.file(logName)
    }

    /// The running process; nil while there is none.
    var identity: ProcessIdentity? {
        state.withLock { state in
            guard let child = state.child, child.status == nil else { return nil }
            return child.identity
        }
    }

    /// Starts the process and returns when it runs.
    ///
    /// From the first instruction on it dies with the drill (PR_SET_PDEATHSIG), which the undo
    /// record says before the spawn; after it, the record names the session to end.
    func start(_ command: Command) async throws {
        await settle()
        let number = state.withLock { state in
            state.starts += 1
            state.isStopping = false
            return state.starts
        }
        let identifier = "testbed/\(name)/\(number)"
        var record = UndoRecord(
            identifier: identifier, summary: "end the processes of \(name)",
            reversal: .kernel(
                lifetime: "PR_SET_PDEATHSIG of the process of \(name)",
                witnesses: .endOfWork(in: environment.workDirectory)))
        _ = try await environment.undo.push(record)
        let child: ChildProcess
        do {
            child = try spawn(command)
        } catch {
            try await environment.undo.close(identifier)
            throw error
        }
        record.reversal = .endSession(child.identity)
        do {
            try await environment.undo.update(record)
        } catch {
            _ = await child.terminate(grace: .zero)
            throw error
        }
        // Unstructured, because the process outlives this call; `stop` awaits it.
        let watch = Task { await self.watch(child, record: identifier) }
        state.withLock { state in
            state.child = child
            state.watch = watch
        }
    }

    /// Ends the process: SIGTERM, at most `grace`, SIGKILL; what is left of its session.
    func stop(grace: Duration) async -> Comparison {
        let child = state.withLock { state in
            state.isStopping = true
            return state.child
        }
        var remains: [ProcessIdentity] = []
        if let child {
            _ = await child.terminate(grace: grace)
            await settle()
            remains = ProcessTable.members(ofSession: child.identity.pid)
        }
        return Comparison(
            what: "processes of \(name)", before: "none",
            after: remains.isEmpty ? "none" : remains.map(\.description).joined(separator: ", "),
            isSame: remains.isEmpty)
    }

    /// The end of the log, for an error's reason.
    func logTail(lines: Int = 3) -> String {
        let text = (try? SmallText.read(logPath, last: 2_000)) ?? ""
        return text.split(separator: "\n").suffix(lines).joined(separator: " | ")
    }

    /// Returns when the watch of an ended process has done its work.
    private func settle() async {
        let watch = state.withLock { state in
            state.child?.status == nil && !state.isStopping ? nil : state.watch
        }
        await watch?.value
    }

    private func spawn(_ command: Command) throws -> ChildProcess {
        let log = openat(
            environment.logs.descriptor.number, logName,
            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard log >= 0 else {
            throw SystemError(
                attempt: "open \(logPath)", errno: errno)
        }
        defer { close(log) }
        return try ChildProcess.spawn(
            ChildProcess.Options(
                executable: command.executable, arguments: command.arguments,
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
                    + command.environment,
                workingDirectory: environment.workDirectory, standardOutput: log,
                standardError: log, clockOffset: command.clockOffset))
    }

    private func watch(_ child: ChildProcess, record: String) async {
        let status = await child.wait()
        // What it forked (a snapshot being written) would otherwise hold its data directory.
        for member in ProcessTable.members(ofSession: child.identity.pid) {
            try? ProcessHandle(member).signal(SIGKILL)
        }
        if !state.withLock(\.isStopping) {
            environment.report(
                Event(
                    time: environment.now(), kind: .nodeExited, subject: name,
                    message: "\(name), \(child.identity), ended: \(status)"))
        }
        // Left open, the record is replayed in vain: the identity is checked first.
        try? await environment.undo.close(record)
    }
}
