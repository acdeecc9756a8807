import Kernel
import Records
import Undo

/// One process on which a limit is imposed, and what was seen of it.
struct LimitedProcess: Sendable {
    let process: SelectedProcess
    let handle: ProcessHandle
    let prior: ResourceLimit
    /// What is imposed first; later ones are only ever lower.
    let first: ResourceLimit
    /// What is imposed now.
    var imposed: ResourceLimit
    /// The largest file when the limit was in; files that are larger already stay as they are.
    private(set) var largestBefore: UInt64 = 0
    /// Where clients of the process come in, when it listens on its node's port.
    let trial: AcceptTrial?
    private(set) var samples = 0
    /// In how many samples the limit stood and left no more than was asked.
    private(set) var met = 0
    /// In how many samples the process was seen to fail at its limit.
    private(set) var failed = 0
    /// Whether no file was seen to grow beyond the limit.
    private var isBounded = true
    /// The fewest descriptors left, or the largest file that was seen.
    private(set) var extreme: Double?

    /// Looks at a process; `port` is what its node's clients connect to.
    init(_ process: SelectedProcess, port: Int?, goal: LimitGoal) throws {
        self.process = process
        let pid = process.identity.pid
        handle = try ProcessHandle(process.identity)
        prior = try handle.limit(of: goal.resource)
        guard let open = ProcessTable.descriptors(of: pid) else {
            throw FaultError(
                attempted: "limit the process", object: "\(process.identity)",
                reason: "its descriptors cannot be seen",
                remedy: Capability.tracing.remedy)
        }
        first = ResourceLimit(
            soft: goal.softLimit(open: open, prior: prior.soft), hard: prior.hard)
        imposed = first
        let listeners = try port.map { try ProcessTable.listening(onPort: $0) } ?? []
        trial =
            goal.resource == .descriptors && listeners.contains(process.identity)
            ? port.map { AcceptTrial(port: $0) } : nil
    }

    /// Whether the limit had its effect: seen to fail where clients can try it, else read back.
    ///
    /// A file has to grow to its limit first; descriptors are few from the beginning.
    func isConfirmed(_ goal: LimitGoal) -> Bool {
        if trial != nil { return failed > 0 }
        guard goal.resource == .descriptors else { return met > 0 && isBounded }
        return SampleShare(met: met, samples: samples).isNearlyAll
    }

    /// Imposes the limit.
    mutating func impose(_ resource: LimitedResource) throws {
        _ = try handle.setLimit(of: resource, to: imposed)
        // Only from now on does nothing grow beyond it.
        largestBefore = ProcessTable.largestOpenFile(of: process.identity.pid) ?? 0
    }

    /// What gives the process back what it had.
    func reversal(_ resource: LimitedResource) -> Reversal {
        .restoreLimit(process.identity, resource, prior: prior, imposed: first)
    }

    /// Looks at what the process has; a look that fails is one sample fewer.
    mutating func observe(_ goal: LimitGoal) {
        guard (try? handle.limit(of: goal.resource)) == imposed else { return }
        switch goal {
        case .descriptorsLeft(let count): observeDescriptors(count, goal)
        case .fileSize: observeFiles()
        }
    }

    private mutating func observeDescriptors(_ count: Int, _ goal: LimitGoal) {
        guard let open = ProcessTable.descriptors(of: process.identity.pid) else { return }
        let free = LimitGoal.free(open: open, limit: imposed.soft)
        samples += 1
        extreme = min(extreme ?? .infinity, Double(free))
        if free <= count { met += 1 }
        if let trial {
            if free == 0, trial.isRefused() { failed += 1 }
            trial.ask(connections: free + 1)
        }
        guard free > count else { return }
        // What it has closed meanwhile would be more than it may open.
        let lower = ResourceLimit(
            soft: goal.softLimit(open: open, prior: imposed.soft), hard: imposed.hard)
        if (try? handle.setLimit(of: goal.resource, to: lower)) != nil { imposed = lower }
    }

    private mutating func observeFiles() {
        guard let largest = ProcessTable.largestOpenFile(of: process.identity.pid) else { return }
        samples += 1
        extreme = max(extreme ?? 0, Double(largest))
        let bound = max(imposed.soft, largestBefore)
        if largest > bound { isBounded = false }
        if largest >= imposed.soft, largest <= bound { met += 1 }
    }
}
