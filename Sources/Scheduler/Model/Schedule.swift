public import Playbooks

/// What becomes of a drill that is due while the one before it has not ended.
public enum OverlapPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is not run, and counts as missed.
    case forbid
    /// It waits for the end of the one before; at most one waits.
    case queue
    /// The one before is ended early, and it runs then.
    case replace
}

/// What becomes of drills that were due while nobody could run them.
public enum MissedPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// None is run.
    case skip
    /// The last of them is run.
    case once
    /// All of them are run, one after the other; of more than 100 the last 100.
    case all
}

/// What a schedule runs and when; the same for all schedules that differ in their names alone.
public struct ScheduleRules: Hashable, Sendable, Codable {
    /// The file of the playbook.
    public var playbook: String
    /// Values of the playbook's variables.
    public var settings: [String: String] = [:]
    /// What the drill disturbs: schedules of the same target count together.
    public var target: String
    public var trigger: Trigger
    /// Whose clocks the trigger, the hours and the blackout dates mean.
    public var zone: Zone = .utc
    /// A drill starts so much later at most, by a choice that follows from the schedule's name.
    public var jitter: Duration = .zero
    /// When drills may be due; at any time when empty.
    public var hours: [DrillHours] = []
    /// When none is due.
    public var blackouts: [DateSpan] = []
    public var overlap: OverlapPolicy = .forbid
    public var missed: MissedPolicy = .skip
    /// How late a drill may start and still be in time; a minute where it says nothing, and then one
    /// that only waits for room starts whenever there is some.
    public var deadline: Duration?
    /// How often a drill is run again that said nothing about its hypothesis.
    public var retries = 0
    /// Whether drills may touch what they did not start themselves (`firedrill run --yes`).
    public var touchesOutside = false

    public init(playbook: String, target: String, trigger: Trigger) {
        self.playbook = playbook
        self.target = target
        self.trigger = trigger
    }

    /// The first moment after `moment` at which a drill is due, before jitter; nil without any.
    public func next(after moment: Moment) -> Moment? {
        var moment = moment
        // A window that opens once a week is found after 10,080 minutes; days are passed at once.
        for _ in 0..<200_000 {
            guard let next = trigger.next(after: moment, in: zone) else { return nil }
            guard let opening = closed(at: next) else { return next }
            moment = opening
        }
        return nil
    }

    /// The last moment before the one at which it is worth to look again; nil when drills may run.
    private func closed(at moment: Moment) -> Moment? {
        guard !hours.isEmpty || !blackouts.isEmpty else { return nil }
        let time = zone.wallTime(at: moment)
        if blackouts.contains(where: { $0.contains(time.date) }) {
            let midnight = CivilDate(daysSince1970: time.date.daysSince1970 + 1)
            let opening = Moment(
                seconds: zone.firstMoment(showing: CivilTime(date: midnight, secondOfDay: 0)) - 1)
            return max(opening, moment)
        }
        let minute = time.secondOfDay / 60
        guard !hours.isEmpty,
            !hours.contains(where: { $0.contains(day: time.date.weekday, minute: minute) })
        else { return nil }
        return max(Moment(seconds: moment.seconds - Int64(time.secondOfDay % 60) + 59), moment)
    }
}

/// A playbook that is run again and again.
public struct Schedule: Hashable, Sendable, Codable {
    /// Its own name: letters, digits, `-`, `_` and `.`.
    public var name: String
    public var rules: ScheduleRules
    public var isPaused: Bool
    /// The file that declares it; nil when a command did.
    public var file: String?

    public init(name: String, rules: ScheduleRules, isPaused: Bool = false, file: String? = nil) {
        self.name = name
        self.rules = rules
        self.isPaused = isPaused
        self.file = file
    }

    /// Throws ``ScheduleError`` when a name cannot be one.
    public static func check(name: String) throws(ScheduleError) {
        let isFine = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isFine, (1...100).contains(name.utf8.count), name.first != "." else {
            throw ScheduleError(
                attempted: "name a schedule", object: String(name.prefix(120)),
                reason: "a name has 1 to 100 letters, digits, '-', '_' and '.'",
                remedy: "choose another")
        }
    }
}
