import Kernel
public import Playbooks
import Synchronization

/// What all faults of one drill together have used of its limits.
public final class LimitsUse: Sendable {
    private struct State {
        var processes: Set<ProcessIdentity> = []
        var disk: [String: Int64] = [:]
        /// The faults that are in, or on their way in or out.
        var faults: Set<String> = []
    }

    private let state = Mutex(State())

    public init() {}

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
            if case .fileSystem(_, let size, _) = object { bytes += size.bytes }
        }
        try state.withLock { state in
            let processes = state.processes.union(hit)
            let disk = state.disk.values.reduce(bytes, +)
            if processes.count > limits.processes, !hit.isEmpty {
                throw excess(fault, "processes", processes.count, limits.processes)
            }
            if disk > limits.disk.bytes, bytes > 0 {
                throw excess(fault, "disk", Int(disk), Int(limits.disk.bytes))
            }
            if let most = policy.faults, state.faults.count >= most {
                throw FaultError(
                    attempted: "allow the fault", object: fault,
                    reason: "\(state.faults.count) faults are in, and the host's policy allows"
                        + " \(most) at the same time",
                    remedy: "let an earlier fault end first")
            }
            state.faults.insert(fault)
            state.processes = processes
            if bytes > 0 { state.disk[fault] = bytes }
        }
    }

    /// Gives back what a fault that is out no longer needs.
    func release(fault: String) {
        state.withLock { state in
            state.disk.removeValue(forKey: fault)
            state.faults.remove(fault)
        }
    }

    private func excess(_ fault: String, _ limit: String, _ sum: Int, _ bound: Int) -> FaultError {
        FaultError(
            attempted: "allow the fault", object: fault,
            reason: "all faults of the drill would come to \(sum), and limits.\(limit) is \(bound)",
            remedy: "raise limits.\(limit), or aim at fewer objects")
    }
}
