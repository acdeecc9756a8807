/// How the host's processors have spent their time since boot, in ticks (proc(5)).
public struct ProcessorTimes: Sendable, Equatable {
    /// All processors together.
    public var total: UInt64
    /// Spent on nothing, or on waiting for a disk.
    public var idle: UInt64
    /// Spent on one process and all that descends from it, ended children included.
    public var family: UInt64

    public init(total: UInt64, idle: UInt64, family: UInt64) {
        self.total = total
        self.idle = idle
        self.family = family
    }

    /// Reads the times now; nil when `/proc/stat` cannot be read.
    ///
    /// - Parameter root: the process whose family is looked for.
    public init?(ofFamily root: Int32) {
        guard let text = SmallFile.text("/proc/stat"), let line = text.split(separator: "\n").first,
            let times = Self.times(in: line)
        else { return nil }
        total = times.total
        idle = times.idle
        let statuses = ProcessTable.statuses()
        var family: Set<Int32> = [root]
        var size = 0
        // A child may have a smaller number than its parent once numbers have wrapped.
        while family.count > size {
            size = family.count
            for status in statuses where family.contains(status.parent) {
                family.insert(status.pid)
            }
        }
        self.family = statuses.reduce(0) { $0 + (family.contains($1.pid) ? $1.ticks : 0) }
    }

    /// The shares of idle and of foreign time since an earlier look; nil when no time has passed.
    ///
    /// A family that lost a member whose time nobody collected counts as having used none.
    public func shares(since earlier: ProcessorTimes) -> (idle: Double, others: Double)? {
        guard total > earlier.total else { return nil }
        let passed = Double(total - earlier.total)
        let idle = Double(idle &- min(idle, earlier.idle)) / passed
        let own = Double(family &- min(family, earlier.family)) / passed
        return (min(1, idle), max(0, 1 - idle - own))
    }

    /// Reads `cpu user nice system idle iowait irq softirq steal guest guest_nice`.
    static func times(in line: Substring) -> (total: UInt64, idle: UInt64)? {
        let fields = line.split(separator: " ")
        guard fields.first == "cpu", fields.count >= 5 else { return nil }
        // Guests' time is part of user and nice already.
        let values = fields.dropFirst().prefix(8).map { UInt64($0) ?? 0 }
        return (values.reduce(0, &+), values[3] + (values.count > 4 ? values[4] : 0))
    }
}
