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
    public var pick: Pick

    public init(
        role: String? = nil, node: String? = nil, link: Link? = nil, path: String? = nil,
        pidFile: String? = nil, listeningPort: Int? = nil, commandLine: String? = nil,
        pick: Pick = .one
    ) {
        self.role = role
        self.node = node
        self.link = link
        self.path = path
        self.pidFile = pidFile
        self.listeningPort = listeningPort
        self.commandLine = commandLine
        self.pick = pick
    }

    /// Whether it names something of the host, not of the testbed.
    public var isOutside: Bool {
        pidFile != nil || listeningPort != nil || commandLine != nil || path?.hasPrefix("/") == true
    }

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
    }
}
