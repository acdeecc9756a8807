import CLinux
import Glibc

/// A resource of which the kernel lets one process have only so much (getrlimit(2)).
public enum LimitedResource: String, Sendable, Codable {
    /// Descriptors: no number from the limit on is given to a new one (RLIMIT_NOFILE).
    case descriptors
    /// Bytes of a file: no write reaches beyond the limit (RLIMIT_FSIZE). SIGXFSZ ends a process
    /// that tries and does not ignore it.
    case fileSize
    /// Bytes of a core file that is left at a crash (RLIMIT_CORE).
    case coreFile

    fileprivate var number: Int32 {
        switch self {
        case .descriptors: Int32(CLINUX_LIMIT_DESCRIPTORS.rawValue)
        case .fileSize: Int32(CLINUX_LIMIT_FILE_SIZE.rawValue)
        case .coreFile: Int32(CLINUX_LIMIT_CORE_FILE.rawValue)
        }
    }
}

/// How much of a resource a process may have.
public struct ResourceLimit: Sendable, Codable, Hashable, CustomStringConvertible {
    /// RLIM_INFINITY: as much as there is.
    public static let unlimited = UInt64.max

    /// What the kernel enforces.
    public var soft: UInt64
    /// Up to where the process may raise it by itself.
    public var hard: UInt64

    public init(soft: UInt64, hard: UInt64) {
        self.soft = soft
        self.hard = hard
    }

    /// `1024 (at most unlimited)`.
    public var description: String { "\(Self.text(soft)) (at most \(Self.text(hard)))" }

    private static func text(_ value: UInt64) -> String {
        value == unlimited ? "unlimited" : "\(value)"
    }
}

extension ProcessHandle {
    /// The process's limit now (prlimit(2)); throws `vanished` when it has ended.
    public func limit(of resource: LimitedResource) throws(KernelError) -> ResourceLimit {
        let limit = try exchange(resource, nil)
        try checkIdentity()
        return limit
    }

    /// Changes the process's limit and returns the one from before; throws `vanished` when it has
    /// ended.
    ///
    /// The call goes by number, so the identity is compared before and after it: a limit that hit
    /// the successor of a process that ended in between is put back.
    public func setLimit(
        of resource: LimitedResource, to limit: ResourceLimit
    ) throws(KernelError) -> ResourceLimit {
        try checkIdentity()
        let before = try exchange(resource, limit)
        do throws(KernelError) {
            try checkIdentity()
        } catch {
            _ = try exchange(resource, before)
            throw error
        }
        return before
    }

    private func checkIdentity() throws(KernelError) {
        guard ProcessTable.isAlive(identity) else {
            throw KernelError(call: "prlimit", object: "\(identity)", reason: .vanished)
        }
    }

    private func exchange(
        _ resource: LimitedResource, _ limit: ResourceLimit?
    ) throws(KernelError) -> ResourceLimit {
        var before = clinux_limit()
        var wanted = clinux_limit(soft: limit?.soft ?? 0, hard: limit?.hard ?? 0)
        let result = withUnsafePointer(to: &wanted) {
            clinux_process_limit(identity.pid, resource.number, limit == nil ? nil : $0, &before)
        }
        guard result == 0 else {
            throw KernelError(
                call: "prlimit", object: "\(identity)",
                reason: errno == ESRCH ? .vanished : .errno(errno),
                remedy: errno == EPERM ? Capability.resources.remedy : "")
        }
        return ResourceLimit(soft: before.soft, hard: before.hard)
    }
}
