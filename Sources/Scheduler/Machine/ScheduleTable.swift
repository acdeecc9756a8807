import Playbooks

/// The registered schedules, compactly: a million of them fit into a few hundred megabytes.
struct ScheduleTable: Sendable {
    /// One set of rules beside the trigger, shared by all schedules that have the same.
    final class SharedRules: Hashable, Sendable {
        let rules: ScheduleRules

        init(_ rules: ScheduleRules) {
            var rules = rules
            rules.trigger = .at(Moment(nanoseconds: 0))
            self.rules = rules
        }

        static func == (left: SharedRules, right: SharedRules) -> Bool { left.rules == right.rules }
        func hash(into hasher: inout Hasher) { hasher.combine(rules) }
    }

    struct Entry: Sendable {
        var name: String
        fileprivate var shared: SharedRules
        fileprivate var trigger: Trigger
        /// Everything due up to here has been decided on, or is about to be.
        var watermark: Moment
        /// The first due time after the watermark.
        var next: Moment?
        var version: UInt32
        var isPaused: Bool

        var rules: ScheduleRules {
            var rules = shared.rules
            rules.trigger = trigger
            return rules
        }
    }

    private var entries: [Entry?] = []
    private var free: [Int32] = []
    private var slots: [String: Int32] = [:]
    private var sharing: Set<SharedRules> = []
    private var heap = DueHeap()
    private let jitter: Jitter
    private var lastVersion: UInt32 = 0

    init(seed: UInt64) { jitter = Jitter(seed: seed) }

    var count: Int { slots.count }

    /// When something is due next; it may turn out that it no longer is.
    var nextDue: Moment? { heap.first?.due }

    subscript(name: String) -> Entry? {
        slots[name].flatMap { entries[Int($0)] }
    }

    mutating func insert(_ schedule: Schedule, watermark: Moment) {
        let slot = slots[schedule.name] ?? free.popLast() ?? Int32(entries.count)
        if Int(slot) == entries.count { entries.append(nil) }
        lastVersion &+= 1
        // Rules that nobody has any more are only a few: most changes are of one schedule's.
        if sharing.count > 2 * slots.count + 1000 { sharing = [] }
        let shared = sharing.insert(SharedRules(schedule.rules)).memberAfterInsert
        entries[Int(slot)] = Entry(
            name: schedule.name, shared: shared, trigger: schedule.rules.trigger,
            watermark: watermark,
            next: schedule.isPaused ? nil : schedule.rules.next(after: watermark),
            version: lastVersion,
            isPaused: schedule.isPaused)
        slots[schedule.name] = slot
        push(slot, notBefore: nil)
    }

    mutating func remove(_ name: String) {
        guard let slot = slots.removeValue(forKey: name) else { return }
        entries[Int(slot)] = nil
        free.append(slot)
    }

    /// Takes back a decision that did not become durable; it is made again at `moment`.
    mutating func restore(_ claim: Claim, notBefore moment: Moment) {
        guard let slot = slots[claim.schedule], var entry = entries[Int(slot)] else { return }
        entry.watermark = claim.expected
        lastVersion &+= 1
        entry.version = lastVersion
        entry.next = entry.isPaused ? nil : entry.rules.next(after: claim.expected)
        entries[Int(slot)] = entry
        push(slot, notBefore: moment)
    }

    /// A schedule that is due, and everything that it is due for; nil when none is.
    ///
    /// The watermark moves on at once, so that every time is decided on once.
    mutating func removeDue(at now: Moment) -> (entry: Entry, times: DueTimes)? {
        while let first = heap.first, first.due <= now {
            _ = heap.removeFirst()
            guard var entry = entries[Int(first.slot)], entry.version == first.version,
                let next = entry.next
            else { continue }
            let before = entry
            let times = DueTimes(from: next, to: now, of: entry.rules) {
                delay(entry, at: $0)
            }
            entry.next = times.next
            entry.watermark = times.times.last ?? entry.watermark
            entries[Int(first.slot)] = entry
            push(first.slot, notBefore: nil)
            guard !times.times.isEmpty else { continue }
            return (before, times)
        }
        return nil
    }

    /// When a due time of a schedule has come, jitter included.
    func start(of entry: Entry, due: Moment) -> Moment { due + delay(entry, at: due) }

    private func delay(_ entry: Entry, at due: Moment) -> Duration {
        jitter.delay(entry.rules, entry.name, at: due)
    }

    private mutating func push(_ slot: Int32, notBefore: Moment?) {
        guard let entry = entries[Int(slot)], let next = entry.next else { return }
        let due = start(of: entry, due: next)
        heap.insert(
            DueHeap.Entry(due: max(due, notBefore ?? due), slot: slot, version: entry.version))
    }
}
