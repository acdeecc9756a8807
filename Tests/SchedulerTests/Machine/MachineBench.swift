import Scheduler

/// A machine with a clock in hand and a store that grants every claim.
struct MachineBench {
    var machine: SchedulerMachine
    var now: Moment
    /// What was told, in order.
    var settled: [Occurrence] = []
    var started: [OccurrenceIdentifier] = []
    var stopped: [OccurrenceIdentifier] = []
    /// The last state of each occurrence, as a store would hold it.
    var recorded: [OccurrenceIdentifier: Occurrence] = [:]
    /// Starts for which no record was durable before.
    var unrecordedStarts = 0
    /// How often one was decided on twice.
    var repeatedClaims = 0
    var objection: String?
    /// Of the schedules that were added.
    var intervals: [String: Duration] = [:]

    init(
        _ start: String = "2026-11-21T10:00:00Z",
        limits: SchedulerLimits = SchedulerLimits(host: 10)
    )
        throws
    {
        machine = SchedulerMachine(limits: limits, seed: 7)
        now = try Moment(iso8601: start, in: .utc)
    }

    static func rules(
        _ trigger: Trigger, target: String = "reference",
        change: (inout ScheduleRules) -> Void = { _ in }
    ) -> ScheduleRules {
        var rules = ScheduleRules(playbook: "p.yaml", target: target, trigger: trigger)
        change(&rules)
        return rules
    }

    /// A schedule that is due every so often since now.
    mutating func add(
        _ name: String, every interval: Duration, target: String = "reference",
        change: (inout ScheduleRules) -> Void = { _ in }
    ) {
        intervals[name] = interval
        let rules = Self.rules(.every(interval, anchor: now), target: target, change: change)
        tell(.loaded(Schedule(name: name, rules: rules), watermark: now))
    }

    mutating func advance(_ span: Duration) {
        now = now + span
        tell(.timeReached)
    }

    mutating func tell(_ event: SchedulerEvent) {
        var events = [event]
        while !events.isEmpty {
            for action in machine.handle(events.removeFirst(), at: now) {
                switch action {
                case .claim(let claims):
                    for occurrence in claims.flatMap(\.occurrences) {
                        if recorded[occurrence.identifier] != nil { repeatedClaims += 1 }
                        recorded[occurrence.identifier] = occurrence
                    }
                    events.append(.claimed(claims))
                case .record(let occurrences):
                    for occurrence in occurrences { recorded[occurrence.identifier] = occurrence }
                case .look(let identifiers):
                    events.append(.looked(identifiers, objection: objection))
                case .start(let identifier, _):
                    if recorded[identifier]?.state != .starting { unrecordedStarts += 1 }
                    started.append(identifier)
                case .stop(let identifier): stopped.append(identifier)
                case .announce(let occurrence): settled.append(occurrence)
                }
            }
        }
    }

    mutating func end(_ index: Int, _ end: DrillEnd = .exited(0)) {
        tell(.ended(started[index], end))
    }

    func count(_ state: Occurrence.State) -> Int {
        recorded.values.count { $0.state == state }
    }
}
