import ArgumentParser
import Drills
import Glibc
import Kernel
import Playbooks
import Records
import Reports
import Synchronization
import Undo

/// `firedrill run`: one drill, from preflight to report.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a drill and write its report.",
        discussion: """
            Starts the target, puts load on it, puts the playbook's faults in and takes them out \
            again, and judges what happened. Ctrl-C ends the drill early: every fault is taken \
            out first. The exit code is the verdict.
            """)

    @OptionGroup var options: PlaybookOptions
    @OptionGroup var evidence: EvidenceOptions

    @Flag(name: .long, help: "Print one JSON object a line: events, progress, and the verdict.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print only the verdict and the report's file.")
    var quiet = false

    @Flag(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Do not ask before something outside a testbed is touched, programs are run, or "
                + "secrets are used."))
    var yes = false

    @Flag(
        name: .long,
        help: "Do not ask before the playbook's programs are run and its secrets used.")
    var trustPlaybook = false

    /// Whether this process has left the host's mount namespace, so that its mounts die with it.
    private static let hasPrivateMounts = Mutex(false)

    /// Leaves the host's mount namespace; to be called on the main thread, before any other exists.
    static func prepare() {
        DescriptorLimit.raise()
        guard geteuid() == 0 else { return }
        _ = OwnProgram.directory
        do {
            try MountNamespace.unshare()
            hasPrivateMounts.withLock { $0 = true }
        } catch {
            Console.error("warning: no mount namespace of its own: \(error)")
        }
    }

    func run() async throws {
        let loaded = try load()
        let policy = try Policy.loadOrExit()
        try confirm(loaded.playbook, policy)
        let seed = options.seed ?? loaded.playbook.seed ?? .random(in: 1...UInt64(Int64.max))
        var drill = DrillOptions(
            playbook: loaded.playbook, playbookText: loaded.text, seed: seed,
            evidenceRoot: evidence.root, stateDirectory: UndoState.directory,
            haltOrders: UndoState.haltOrders, policy: policy,
            guardian: Programs.beside("firedrill-guardian"),
            command: command(seed: seed),
            hasPrivateMounts: Self.hasPrivateMounts.withLock { $0 }, version: Firedrill.version)
        drill.otherStateDirectories = UndoState.otherDirectories
        let runner = DrillRunner(options: drill, observer: observer())
        let signals = SignalWatch { name in
            // `firedrill halt` gives the order first, and then this signal.
            runner.abort(UndoState.haltOrders.standing()?.text ?? "\(name) received")
        }
        defer { signals.cancel() }
        try noteEvidence()
        let result = try await runner.run()
        try writeReports(result)
        throw ExitCode(result.verdict.outcome.exitCode)
    }
}
