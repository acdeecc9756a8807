/// One thing of a host or a user's rights that backends of faults need.
public enum HostFeature: String, Sendable, Codable, CaseIterable {
    case networkAdministration = "CAP_NET_ADMIN"
    case systemAdministration = "CAP_SYS_ADMIN"
    case kill = "CAP_KILL"
    case traceOthers = "CAP_SYS_PTRACE"
    case limitOthers = "CAP_SYS_RESOURCE"
    case pidfd
    case tracing = "ptrace"
    case mountNamespaces = "mount namespaces"
    case networkNamespaces = "network namespaces"
    case netem
    case hierarchicalTokenBucket = "htb"
    case packetFilter = "nf_tables"
    case ownerTables = "nf_tables owner tables"
    case deviceHooks = "nf_tables netdev hooks"
    case ingressRedirection = "ifb"
    case socketReset = "SOCK_DESTROY"
    case controlGroups = "cgroup v2"
    case unnamedFiles = "O_TMPFILE"
    case loopDevices = "loop devices"
    case clockCode = "vDSO clocks"
    case timeNamespaces = "time namespaces"
    case diskThrottle = "disk throttle"

    /// What of Firedrill it is for.
    public var purpose: String {
        switch self {
        case .networkAdministration: "changes queueing, packet filters and connections"
        case .systemAdministration: "mounts file systems and enters namespaces"
        case .kill: "signals processes of other users"
        case .traceOthers: "pauses processes of other users, and sees their descriptors"
        case .limitOthers: "limits processes of other users"
        case .pidfd: "signals exactly one process, never its successor"
        case .tracing: "pauses processes in a way that ends with the drill"
        case .mountNamespaces: "keeps a drill's file systems from the host"
        case .networkNamespaces: "aims at services that have a network of their own"
        case .netem: "delays, loses, duplicates, corrupts and reorders packets"
        case .hierarchicalTokenBucket: "aims a rate at one port and leaves others alone"
        case .packetFilter: "drops and rejects packets"
        case .ownerTables: "drops packets only for as long as the drill lives"
        case .deviceHooks: "drops packets without an error to the sender"
        case .ingressRedirection: "aims delays and rates at packets that come in"
        case .socketReset: "resets chosen connections"
        case .controlGroups: "freezes and bounds groups of processes"
        case .unnamedFiles: "fills a disk with a file that cannot be left behind"
        case .loopDevices: "gives a node a disk of its own"
        case .clockCode: "gives a running process another wall clock"
        case .timeNamespaces: "gives a node that is started again another monotonic clock"
        case .diskThrottle: "makes a node's disk slow"
        }
    }

    /// The kernel's configuration options that bring it; empty where it is a right.
    var options: [String] {
        switch self {
        case .networkAdministration, .systemAdministration, .kill, .traceOthers, .limitOthers,
            .pidfd, .tracing, .unnamedFiles, .clockCode:
            []
        case .mountNamespaces: ["CONFIG_NAMESPACES"]
        case .networkNamespaces: ["CONFIG_NET_NS"]
        case .netem: ["CONFIG_NET_SCH_NETEM"]
        case .hierarchicalTokenBucket: ["CONFIG_NET_SCH_HTB", "CONFIG_NET_CLS_U32"]
        case .packetFilter, .ownerTables: ["CONFIG_NF_TABLES"]
        case .deviceHooks: ["CONFIG_NF_TABLES_NETDEV", "CONFIG_NETFILTER_EGRESS"]
        case .ingressRedirection: ["CONFIG_IFB", "CONFIG_NET_CLS_U32", "CONFIG_NET_ACT_MIRRED"]
        case .socketReset: ["CONFIG_INET_DIAG_DESTROY"]
        case .controlGroups: ["CONFIG_CGROUPS"]
        case .loopDevices: ["CONFIG_BLK_DEV_LOOP"]
        case .timeNamespaces: ["CONFIG_TIME_NS"]
        case .diskThrottle: ["CONFIG_BLK_DEV_THROTTLING", "CONFIG_MEMCG"]
        }
    }

    /// Whether distributions ship it as a module outside of their smallest kernel package.
    var isExtraModule: Bool { self == .netem }
}
