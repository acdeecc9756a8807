import Playbooks

/// Decides which drills run when; pure: events and the time go in, actions come out.
///
/// Every due time of a schedule becomes exactly one decision: run, missed, or skipped. The decision
/// is claimed in the store together with the schedule's watermark before anything is started, so a
/// crash at any instant neither repeats a drill nor loses one in silence.
public struct SchedulerMachine: Sendable {
    /// An occurrence that may still run.
    struct Open: Sendable {
        var occurrence: Occurrence
        let rules: ScheduleRules
        var phase: Phase
        /// Whether a service decided that it ends early.
        var isStopping = false
    }

    enum Phase: Sendable, Equatable {
        /// Waits for room: not before one moment, and of no use after the other.
        case waiting(notBefore: Moment, expires: Moment?)
        /// Has its room, and is not in the store as starting yet.
        case looking
        case running
    }

    /// The time an occurrence waits before it is run again.
    static let retryDelay = Duration.seconds(60)

    let limits: SchedulerLimits
    var table: ScheduleTable
    var freeze: Freeze?
    var open: [OccurrenceIdentifier: Open] = [:]
    /// The open occurrences of each schedule that has any.
    var bySchedule: [String: [OccurrenceIdentifier]] = [:]
    /// Those that wait for room, in the order in which they get it.
    var waiting: [OccurrenceIdentifier] = []
    /// How many have room, for each target.
    var byTarget: [String: Int] = [:]
    var runningCount = 0
    var isStopping = false

    /// - Parameter seed: of the jitter; services that share a store must share it.
    public init(limits: SchedulerLimits = SchedulerLimits(), seed: UInt64 = 0) {
        self.limits = limits
        table = ScheduleTable(seed: seed)
    }

    /// How many schedules are registered.
    public var scheduleCount: Int { table.count }

    /// How many occurrences wait or run.
    public var openCount: Int { open.count }

    /// How many drills have begun and not ended.
    public var runningDrillCount: Int { runningCount }

    /// Whether it was told to stop and every drill that had begun has ended.
    public var isStopped: Bool {
        isStopping && !open.values.contains { $0.phase == .running }
    }

    /// When ``SchedulerEvent/timeReached`` is due next; nil when nothing is.
    public var nextWake: Moment? {
        guard !isStopping else { return nil }
        var wake = table.nextDue
        for identifier in waiting.prefix(1000) {
            guard case .waiting(let notBefore, let expires)? = open[identifier]?.phase else {
                continue
            }
            for moment in [expires, Optional(notBefore)].compactMap({ $0 })
            where moment > lastTime { wake = min(wake ?? moment, moment) }
        }
        return wake
    }

    private var lastTime = Moment(seconds: 0)

    /// Takes in what happened; returns what is to be done, in order.
    public mutating func handle(_ event: SchedulerEvent, at now: Moment) -> [SchedulerAction] {
        lastTime = now
        switch event {
        case .loaded(let schedule, let watermark):
            table.insert(schedule, watermark: watermark)
            return []
        case .removed(let name):
            table.remove(name)
            return []
        case .timeReached:
            return decide(at: now) + admit(at: now)
        case .claimed(let claims):
            var actions: [SchedulerAction] = []
            for claim in claims { accept(claim, at: now, &actions) }
            return actions + admit(at: now)
        case .claimFailed(let claims):
            for claim in claims { table.restore(claim, notBefore: now + .seconds(1)) }
            return []
        case .foundWaiting(let occurrences):
            return adopt(occurrences, at: now) + admit(at: now)
        case .foundAborted(let occurrences):
            return occurrences.map { .announce($0) }
        case .looked(let identifiers, let objection):
            return begin(identifiers, objection: objection) + admit(at: now)
        case .started(let identifier, let drill):
            return started(identifier, drill: drill)
        case .ended(let identifier, let end):
            return ended(identifier, end, at: now) + admit(at: now)
        case .froze(let freeze):
            self.freeze = freeze
            return []
        case .stopping:
            isStopping = true
            return open.values.filter { $0.phase == .running }
                .map { .stop($0.occurrence.identifier) }
        }
    }
}
