/// What a step is aimed at, before it is resolved to exact objects.
public struct Selector: Sendable, Equatable {
    public var role: String?
    public var node: String?
    /// Two ends of a link: `clients to primary`.
    public var link: Link?
    /// A place in the node: `data`, or an absolute path.
    public var path: String?
    public var pidFile: String?
    public var listeningPort: Int?
    /// A regular expression over the command line, its arguments joined by spaces.
    public var commandLine: String?
    /// A cgroup by its path in the version 2 hierarchy: `system.slice/redis.service`.
    public var controlGroup: String?
    /// A systemd unit; `.service` may be left out.
    public var unit: String?
    /// A container by its id, or at least twelve digits of it.
    public var container: String?
    /// Packets that cross an interface of the host.
    public var packets: PacketSelector?
    public var pick: Pick

    public init(
        role: String? = nil, node: String? = nil, link: Link? = nil, path: String? = nil,
        pidFile: String? = nil, listeningPort: Int? = nil, commandLine: String? = nil,
        controlGroup: String? = nil, unit: String? = nil, container: String? = nil,
        packets: PacketSelector? = nil, pick: Pick = .one
    ) {
        self.role = role
        self.node = node
        self.link = link
        self.path = path
        self.pidFile = pidFile
        self.listeningPort = listeningPort
        self.commandLine = commandLine
        self.controlGroup = controlGroup
        self.unit = unit
        self.container = container
        self.packets = packets
        self.pick = pick
    }

    /// Whether it names something of the host, not of the testbed.
    public var isOutside: Bool {
        namesProcess || packets != nil || path?.hasPrefix("/") == true
    }

    /// Whether it names processes by other means than the testbed's nodes.
    public var namesProcess: Bool {
        pidFile != nil || listeningPort != nil || commandLine != nil || namesGroup
    }

    /// Whether it names a cgroup, by whatever name.
    public var namesGroup: Bool { controlGroup != nil || unit != nil || container != nil }

    /// Whether a cgroup is meant as a whole, and so also what its processes fork meanwhile.
    public var isWholeGroup: Bool { namesGroup && pick == .all }

    /// A directed link between two groups: `clients`, a role, or a node's name.
    public struct Link: Sendable, Equatable {
        public var source: String
        public var destination: String

        public init(source: String, destination: String) {
            self.source = source
            self.destination = destination
        }
    }

    /// How many of the objects that fit are hit.
    public enum Pick: Sendable, Equatable {
        case one
        case all
        case count(Int)
        /// More than half.
        case majority
        /// As many as are less than half.
        case minority
        /// This share, rounded up.
        case share(Ratio)

        /// How many of `total` objects are meant; more than there are, or 0, cannot be picked.
        public func count(of total: Int) -> Int {
            switch self {
            case .one: 1
            case .all: total
            case .count(let count): count
            case .majority: total / 2 + 1
            case .minority: (total - 1) / 2
            // Seven tenths of ten are seven, whatever binary fractions say.
            case .share(let ratio): Int((ratio.fraction * Double(total) - 1e-9).rounded(.up))
            }
        }
    }
}
