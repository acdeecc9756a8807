import Kernel
public import Playbooks
import Synchronization
public import Undo

/// What all faults of one drill together have used of its limits.
public final class LimitsUse: Sendable {
    private struct State {
        var processes: Set<ProcessIdentity> = []
        var disk: [String: Int64] = [:]
        var shared = SharedUse()
        /// The faults that are in, or on their way in or out.
        var faults: Set<String> = []
    }

    private let state = Mutex(State())

    private let presence: DrillPresence?

    /// - Parameter presence: the drill's entry in the host's register; nil where it is alone.
    public init(presence: DrillPresence? = nil) {
        self.presence = presence
    }

    /// How many processes were hit so far; each counts once.
    public var processes: Int { state.withLock { $0.processes.count } }

    /// How many bytes of ballast are in place now.
    public var disk: ByteCount { ByteCount(state.withLock { $0.disk.values.reduce(0, +) }) }

    /// Reserves what a fault needs, all of it or nothing; throws ``FaultError`` beyond the limits.
    func reserve(
        _ objects: [AimedObject], fault: String, limits: Limits, policy: HostPolicy = HostPolicy()
    ) throws {
        var hit: Set<ProcessIdentity> = []
        var bytes: Int64 = 0
        for object in objects {
            if case .process(let identity, _) = object { hit.insert(identity) }
            if case .fileSystem(_, let size, _) = object { bytes = Self.sum(bytes, size.bytes) }
        }
        try state.withLock { state in
            let shared = try state.shared.adding(
                SharedAmount(of: objects), fault: fault, limits: limits, policy: policy)
            let processes = state.processes.union(hit)
            let disk = state.disk.values.reduce(bytes, Self.sum)
            if processes.count > limits.processes, !hit.isEmpty {
                throw excess(fault, "processes", processes.count, limits.processes)
            }
            if disk > limits.disk.bytes, bytes > 0 {
                throw excess(fault, "disk", Int(disk), Int(limits.disk.bytes))
            }
            if let most = limits.faults, state.faults.count >= most {
                throw FaultError(
                    attempted: "allow the fault", object: fault,
                    reason: "\(state.faults.count) faults are in, and limits.faults is \(most)",
                    remedy: "let an earlier fault end first")
            }
            let use = State(processes: processes, faults: state.faults)
            let check = { (others: [OtherDrill]) throws in
                try Self.check(
                    use, disk: disk, beside: others, fault: fault, policy: policy,
                    needs: (!hit.isEmpty, bytes > 0))
            }
            if let presence {
                try presence.take(
                    {
                        $0.faults.insert(fault)
                        $0.processes.formUnion(hit)
                        $0.disk = disk
                    }, check: check)
            } else {
                try check([])
            }
            state.faults.insert(fault)
            state.processes = processes
            state.shared = shared
            if bytes > 0 { state.disk[fault] = bytes }
        }
    }

    /// Reserves more disk for a fault that has some, as far as the limits and the policy go.
    ///
    /// - Parameter bytes: what all of the fault's ballast is to come to.
    /// - Returns: what it may come to: what was reserved before, where no more is to be had.
    func growth(
        of fault: String, to bytes: Int64, limits: Limits, policy: HostPolicy = HostPolicy()
    ) -> Int64 {
        state.withLock { state in
            let reserved = state.disk[fault] ?? 0
            let others = state.disk.values.reduce(-reserved, +)
            let wanted = min(bytes, limits.disk.bytes - others)
            guard wanted > reserved else { return reserved }
            // The fault itself is among those that are in.
            let use = State(
                processes: state.processes, faults: state.faults.subtracting([fault]))
            let check = { (drills: [OtherDrill]) throws in
                try Self.check(
                    use, disk: others + wanted, beside: drills, fault: fault, policy: policy,
                    needs: (false, true))
            }
            do {
                if let presence {
                    try presence.take({ $0.disk = others + wanted }, check: check)
                } else {
                    try check([])
                }
            } catch {
                // Whoever fills goes without; what it then lacks is seen in its proof.
                return reserved
            }
            state.disk[fault] = wanted
            return wanted
        }
    }

    /// Gives back what a fault that is out no longer needs.
    func release(fault: String) {
        state.withLock { state in
            state.disk.removeValue(forKey: fault)
            state.shared.remove(fault)
            state.faults.remove(fault)
            let disk = state.disk.values.reduce(0, +)
            presence?.give {
                $0.faults.remove(fault)
                $0.disk = disk
            }
        }
    }

    /// Holds all drills together against the host's policy; a playbook's limits are its own drill's.
    private static func check(
        _ use: State, disk: Int64, beside others: [OtherDrill], fault: String, policy: HostPolicy,
        needs: (processes: Bool, disk: Bool)
    ) throws {
        func refusal(_ sum: String, _ bound: String, _ remedy: String) -> FaultError {
            let those = others.filter(\.use.isCounted).map(\.drill).joined(separator: ", ")
            return FaultError(
                attempted: "allow the fault", object: fault,
                reason: "\(sum), and the host's policy allows \(bound)"
                    + (those.isEmpty ? "" : "; among them are those of drill \(those)"),
                remedy: remedy)
        }
        let faults = others.reduce(use.faults.count) { $0 + $1.use.faults.count }
        if let most = policy.faults, faults >= most {
            throw refusal(
                "\(faults) faults are in", "\(most) at the same time",
                "let an earlier fault end first")
        }
        let processes = others.reduce(use.processes.count) { $0 + $1.use.processes.count }
        if let most = policy.processes, needs.processes, processes > most {
            throw refusal(
                "all drills of the host would hit \(processes) processes", "\(most)",
                "wait for the end of the other drills, or aim at fewer objects")
        }
        let bytes = others.reduce(disk) { sum($0, $1.use.disk) }
        if let most = policy.disk, needs.disk, bytes > most.bytes {
            throw refusal(
                "all drills of the host would occupy \(bytes) bytes of disk", "\(most.bytes)",
                "wait for the end of the other drills, or fill less")
        }
    }

    /// The sum of two sizes, or the largest number there is: an entry may claim any size.
    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? .max : sum
    }

    private func excess(_ fault: String, _ limit: String, _ sum: Int, _ bound: Int) -> FaultError {
        FaultError(
            attempted: "allow the fault", object: fault,
            reason: "all faults of the drill would come to \(sum), and limits.\(limit) is \(bound)",
            remedy: "raise limits.\(limit), or aim at fewer objects")
    }
}
