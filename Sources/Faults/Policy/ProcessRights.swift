import FoundationEssentials
import Glibc
import Kernel

/// What a fault does to a process, for which the kernel asks for a right.
enum ProcessDeed {
    /// kill(2).
    case signal
    /// ptrace(2).
    case trace
    /// prlimit(2), and a look at the descriptors.
    case limit
}

/// The rights of this process over those of others; pure.
struct ProcessRights: Sendable, Equatable {
    var users: ProcessUsers
    var capabilities: Set<Capability>
    /// `kernel.yama.ptrace_scope`: from 1 on, only descendants may be traced without the right.
    var traceScope: Int

    /// Those of this process.
    static var ofThisProcess: ProcessRights {
        func file(_ path: String) -> String {
            (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        }
        let set = HostCapabilities.effectiveCapabilities(in: file("/proc/self/status")) ?? 0
        let scope = file("/proc/sys/kernel/yama/ptrace_scope").filter(\.isNumber)
        return ProcessRights(
            users: ProcessUsers(real: getuid(), effective: geteuid(), saved: geteuid()),
            capabilities: Set(Capability.allCases.filter { set & (1 << UInt64($0.bit)) != 0 }),
            traceScope: Int(scope) ?? 0)
    }

    /// The capabilities that are missing for a deed on a process of these users.
    func lacks(for deed: ProcessDeed, on target: ProcessUsers) -> [Capability] {
        needs(for: deed, on: target).filter { !capabilities.contains($0) }
    }

    private func needs(for deed: ProcessDeed, on target: ProcessUsers) -> [Capability] {
        let isOwn = [target.real, target.effective, target.saved].allSatisfy { $0 == users.real }
        switch deed {
        case .signal:
            let isReached = [users.real, users.effective].contains { user in
                user == target.real || user == target.saved
            }
            return isReached ? [] : [.kill]
        case .trace: return isOwn && traceScope == 0 ? [] : [.tracing]
        case .limit: return isOwn ? [] : [.resources, .tracing]
        }
    }

    /// Why a deed on these processes would be refused by the kernel; empty when it would not.
    func obstacles(to deed: ProcessDeed, on processes: [ProcessIdentity]) -> [String] {
        processes.compactMap { identity in
            guard let owner = ProcessUsers(of: identity.pid) else { return nil }
            let missing = lacks(for: deed, on: owner)
            guard !missing.isEmpty else { return nil }
            let names = missing.map(\.rawValue).joined(separator: " and ")
            return "\(identity) belongs to user \(owner.effective), and this is user "
                + "\(users.effective): " + Capability.remedy(names, user: users.effective)
        }
    }
}
