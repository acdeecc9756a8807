import FaultProxy
import Faults
import Kernel
import Playbooks
import Probes
import Records
import Systems
import Undo
import Workloads

/// The drill while it runs: what was started, what was seen, and how each action is performed.
///
/// The actions themselves are in the extensions, one file a phase.
actor RunningDrill {
    let options: DrillOptions
    let header: DrillHeader
    let clock: DrillClock
    let writer: EvidenceWriter
    let log: EventLog
    let jobs: BackgroundJobs
    let interrupt: @Sendable (DrillMachine.Interruption) -> Void
    let metrics: LiveMetrics
    let operations: OperationStore
    /// Raised when the testbed is about to stop: what probes would see then is the drill's doing.
    let probing = InterruptionSignal()
    let limitsUsed: LimitsUse
    /// What the other drills of the host know of this one.
    let presence: DrillPresence
    let locks: ResourceLocks
    let host = HostCapabilities.probe()

    var plan: Plan?
    /// Whether preflight refused nothing: what stood in the way by then is its to tell.
    var isAdmitted = false
    var environment: Environment?
    var undo: UndoJournal?
    var testbed: (any Testbed)?
    /// What nobody could take out; a sentence each.
    var leftovers: [String] = []
    var workload: WorkloadRunner?
    var client: (any QueueClient)?
    var faultRecords: [FaultRecord] = []
    var faultsIn: [String: String] = [:]
    var nextFault = 1
    var ledger: LedgerSummary?
    var deadLetters: [MessageIdentifier] = []
    var isDrained = false
    var teardown: [Comparison] = []
    var phase: Phase?
    var steadyState: SteadyStateWatch
    var wireWritten = 0
    /// Where the testbed's logs are until they hold no secret; nil where they are evidence at once.
    var rawLogs: HeldDirectory?

    init(
        options: DrillOptions, header: DrillHeader, clock: DrillClock, writer: EvidenceWriter,
        log: EventLog, jobs: BackgroundJobs,
        interrupt: @escaping @Sendable (DrillMachine.Interruption) -> Void
    ) {
        self.options = options
        self.header = header
        self.clock = clock
        presence = DrillPresence(
            register: options.register, drill: header.identifier,
            stateDirectory: options.stateDirectory)
        locks = ResourceLocks(
            directory: options.stateDirectory, drill: header.identifier, presence: presence)
        limitsUsed = LimitsUse(presence: presence)
        self.writer = writer
        self.log = log
        self.jobs = jobs
        self.interrupt = interrupt
        metrics = LiveMetrics(timeout: options.playbook.workload.timeout)
        operations = OperationStore(others: [writer, metrics])
        steadyState = SteadyStateWatch(playbook: options.playbook)
    }

    var playbook: Playbook { options.playbook }

    func note(_ kind: Event.Kind, _ subject: String = "", _ message: String) {
        log.record(Event(time: clock.now(), kind: kind, subject: subject, message: message))
    }

    func changePhase(from old: Phase?, to new: Phase?) {
        if let old { note(.phaseEnded, old.rawValue, "\(old.rawValue) ended") }
        phase = new
        if let new { note(.phaseStarted, new.rawValue, new.rawValue) }
    }

    /// Performs one action; every error becomes an event of the machine.
    func perform(_ action: DrillMachine.Action) async -> DrillMachine.Event {
        do {
            switch action {
            case .runPreflight: return try await preflight()
            case .startTestbed: try await startTestbed()
            case .startWorkload: try await startWorkload()
            case .hold(let phase): try await hold(phase)
            case .confirmSteadyState: return try await confirmSteadyState()
            case .runStep(let index): try await run(playbook.method[index])
            case .awaitRecovery: try await awaitRecovery()
            case .drain: try await drain()
            case .stopTestbed: await stopTestbed()
            case .judge, .finish: break
            }
            return Task.isCancelled && action != .stopTestbed ? .cancelled : .succeeded
        } catch is CancellationError {
            return .cancelled
        } catch {
            note(.error, "", "\(error)")
            return .failed("\(error)")
        }
    }
}
