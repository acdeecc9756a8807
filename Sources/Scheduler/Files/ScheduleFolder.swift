import Kernel
import Playbooks

/// Keeps the schedules of a store as the YAML files of a directory say.
///
/// A file that is new or changed adds or changes its schedule, one that is gone removes it. A file
/// with a mistake changes nothing: the schedule it had goes on. Schedules that commands made are
/// never touched.
public struct ScheduleFolder {
    /// What a look at the directory changed, by the names of schedules.
    public struct Result: Sendable, Equatable {
        public var changed: [String] = []
        public var removed: [String] = []
        /// What is wrong with files, a sentence each.
        public var problems: [String] = []

        public init(changed: [String] = [], removed: [String] = []) {
            self.changed = changed
            self.removed = removed
        }
    }

    private let path: String
    private let decoder: ScheduleFileDecoder

    public init(_ path: String, decoder: ScheduleFileDecoder) {
        self.path = path
        self.decoder = decoder
    }

    /// Looks at all files and brings the store up to date; throws when the store cannot be used, or
    /// when the directory is not there, which must not remove everything.
    public func apply(to store: any ScheduleStore, at now: Moment) throws -> Result {
        guard FileStatus.of(path)?.isDirectory == true else {
            throw ScheduleError(
                attempted: "read the schedules of", object: path,
                reason: "it is no directory", remedy: "make it, or name another")
        }
        let names = Descriptor.names(in: path).filter {
            $0.first != "." && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml"))
        }
        let stored = try store.schedules()
        let known = Dictionary(uniqueKeysWithValues: stored.map { ($0.schedule.name, $0.schedule) })
        var result = Result()
        var declared: Set<String> = []
        for name in names.sorted() {
            let file = "\(path)/\(name)"
            // Also a file that cannot be read is there, and keeps its schedule.
            guard declared.insert(PlaybookDecoder.name(ofFileAt: file)).inserted else {
                result.problems.append("\(file): another file has the same name")
                continue
            }
            do {
                let schedule = try decoder.decode(fileAt: file, now: now)
                if try update(schedule, known[schedule.name], store, now, &result) {
                    result.changed.append(schedule.name)
                }
            } catch let problems as PlaybookProblems {
                result.problems.append("\(problems)")
            }
        }
        for (name, schedule) in known.sorted(by: { $0.key < $1.key })
        where schedule.file?.hasPrefix(path + "/") == true && !declared.contains(name) {
            if try store.remove(name) { result.removed.append(name) }
        }
        return result
    }

    private func update(
        _ schedule: Schedule, _ known: Schedule?, _ store: any ScheduleStore, _ now: Moment,
        _ result: inout Result
    ) throws -> Bool {
        if let known, known.file != schedule.file {
            let other = known.file ?? "a command"
            result.problems.append(
                "\(schedule.file ?? ""): the schedule '\(schedule.name)' comes from \(other) already"
            )
            return false
        }
        var schedule = schedule
        if case .every(let interval, _) = schedule.rules.trigger,
            case .every(interval, let anchor)? = known?.rules.trigger
        {
            // The file says nothing of when it was first read.
            schedule.rules.trigger = .every(interval, anchor: anchor)
        }
        guard known != schedule else { return false }
        try store.put(schedule, watermark: now, replacing: true)
        return true
    }
}
