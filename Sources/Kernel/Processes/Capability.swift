import Glibc

/// A right that root has and a container, a service or a user may lack (capabilities(7)).
public enum Capability: String, Sendable, CaseIterable {
    case kill = "CAP_KILL"
    case networkAdministration = "CAP_NET_ADMIN"
    case tracing = "CAP_SYS_PTRACE"
    case systemAdministration = "CAP_SYS_ADMIN"
    case resources = "CAP_SYS_RESOURCE"

    /// Its bit in the sets of `/proc/PID/status` (linux/capability.h).
    public var bit: Int {
        switch self {
        case .kill: 5
        case .networkAdministration: 12
        case .tracing: 19
        case .systemAdministration: 21
        case .resources: 24
        }
    }

    /// What a person can do when it is missing.
    public var remedy: String { Self.remedy(rawValue) }

    /// The same for one by its name; root is not told to become root.
    ///
    /// - Parameter user: whom it is told to; nil for the user of this process.
    public static func remedy(_ name: String, user: UInt32? = nil) -> String {
        (user ?? geteuid()) == 0
            ? "it needs \(name), which was taken from this root: give it back to the container or "
                + "the service that runs it"
            : "it needs \(name): run as root, or give it to the program's service"
    }
}
