import Kernel
import Playbooks
import Scheduler
import Web

extension ScheduleControl {
    /// The console's hands on a store of schedules.
    ///
    /// - Parameter directory: where playbooks lie that schedules name without a path.
    init(_ store: any ScheduleStore, directory: String?) {
        self.init(
            list: { try Self.entries(of: store) },
            keep: { text, name, replaces, mayRun in
                let schedule: Schedule
                switch Self.schedule(text, name, in: directory ?? ".", mayRun) {
                case .success(let valid): schedule = valid
                case .failure(let problems): return problems.problems.map { "\($0)" }
                }
                guard !schedule.rules.touchesOutside else {
                    return ["outside: only 'firedrill schedule add --yes' may say so"]
                }
                if let file = try store.schedule(name)?.schedule.file {
                    return ["\(file) declares a schedule of this name: change the file"]
                }
                try store.put(schedule, watermark: Self.now, replacing: replaces)
                return []
            },
            freeze: {
                guard let freeze = try store.freeze(), freeze.isInForce(at: Self.now) else {
                    return nil
                }
                return freeze.text
            },
            setFreeze: { until, reason in
                guard let reason else {
                    try store.setFreeze(nil)
                    return "drills begin again"
                }
                let freeze = Freeze(
                    until: try until.map { try Moment(iso8601: $0, in: .utc) }, reason: reason)
                guard freeze.isInForce(at: Self.now) else {
                    throw ScheduleError(
                        attempted: "freeze drills until", object: until ?? "",
                        reason: "it has passed already", remedy: "name a later moment")
                }
                try store.setFreeze(freeze)
                return freeze.text
            },
            change: { name, change in try Self.change(name, change, in: store) },
            details: { name, count in
                try store.schedule(name).map { try Self.details($0, count, in: store) }
            },
            draft: { name in try store.schedule(name).map { try Self.draft($0.schedule, directory) }
            },
            review: { draft, order in try Self.review(draft, order, in: store) },
            timeZones: { Zone.names })
    }

    static var now: Moment { ScheduleStoreOptions.now }

    private static func entries(of store: any ScheduleStore) throws -> [ScheduleEntry] {
        try store.schedules().map { entry(of: $0.schedule) }
    }

    static func entry(of schedule: Schedule) -> ScheduleEntry {
        let rules = schedule.rules
        return ScheduleEntry(
            name: schedule.name, playbook: OccurrenceNews.playbook(of: rules.playbook),
            text: "\(rules.trigger.text) \(rules.zone.name)",
            next: schedule.isPaused ? nil : rules.next(after: now)?.nanoseconds,
            isPaused: schedule.isPaused, file: schedule.file)
    }

    private static func schedule(
        _ text: [UInt8], _ name: String, in directory: String,
        _ mayRun: @escaping @Sendable (String) -> Bool
    ) -> Result<Schedule, PlaybookProblems> {
        Result { () throws(PlaybookProblems) in
            try ScheduleFileDecoder { path, settings in
                guard mayRun(path) else {
                    throw ScheduleError(
                        attempted: "schedule", object: path,
                        reason: "only playbooks of the configured directory are run",
                        remedy: "name one of them, or keep it there first")
                }
                return try TargetOfPlaybook.find(path, settings)
            }.decode(text, file: "\(directory)/\(name).yaml", now: now)
        }.map { schedule in
            var schedule = schedule
            schedule.file = nil
            return schedule
        }
    }

    private static func change(
        _ name: String, _ change: Change, in store: any ScheduleStore
    ) throws -> String? {
        guard let stored = try store.schedule(name) else { return nil }
        if let file = stored.schedule.file, change != .run {
            throw ScheduleError(
                attempted: change.rawValue, object: name, reason: "\(file) declares it",
                remedy: "change the file")
        }
        switch change {
        case .pause:
            _ = try store.setPaused(name, true, watermark: now)
            return "\(name) is paused."
        case .resume:
            _ = try store.setPaused(name, false, watermark: now)
            return "\(name) goes on."
        case .remove:
            _ = try store.remove(name)
            return "\(name) is removed."
        case .run:
            if let freeze = try store.freeze(), freeze.isInForce(at: now) {
                throw ScheduleError(
                    attempted: "run", object: name, reason: freeze.text,
                    remedy: "'firedrill thaw' lifts it")
            }
            try store.ask(for: OccurrenceIdentifier(schedule: name, due: now))
            return "\(name) is asked for."
        }
    }
}
