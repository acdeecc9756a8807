public import Kernel
public import Playbooks

/// The rules that decide, before anything is touched, whether a fault may have its objects; pure.
public struct BlastRadius: Sendable {
    public var limits: Limits
    /// Processes that no fault may hit, each with what it is: `the drill itself`.
    public var protected: [Int32: String]
    public var policy: HostPolicy
    /// The interfaces of the host's default routes.
    public var defaultInterfaces: Set<String>
    /// Whether two names mean one interface.
    public var isSameInterface: @Sendable (String, String) -> Bool
    /// What the policy's words for processes are held against.
    public var traits: @Sendable (ProcessIdentity) -> ProcessTraits
    /// Tells the file systems that the host lives on.
    public var disks: HostDisks
    /// The processes that people reach the host by, each with what it is; asked for at the first
    /// process of the host.
    public var remoteAccess: @Sendable () -> [Int32: String]

    public init(
        limits: Limits, protected: [Int32: String], policy: HostPolicy = HostPolicy(),
        defaultInterfaces: Set<String> = [],
        isSameInterface: @escaping @Sendable (String, String) -> Bool = { $0 == $1 },
        disks: HostDisks = .unknown,
        remoteAccess: @escaping @Sendable () -> [Int32: String] = { [:] },
        traits: @escaping @Sendable (ProcessIdentity) -> ProcessTraits = { _ in ProcessTraits() }
    ) {
        self.limits = limits
        self.protected = protected
        self.policy = policy
        self.defaultInterfaces = defaultInterfaces
        self.isSameInterface = isSameInterface
        self.traits = traits
        self.disks = disks
        self.remoteAccess = remoteAccess
    }

    /// The rules for this process: pid 1, itself, its ancestors, `others`, and whatever belongs to
    /// another drill of the host are out of bounds.
    public static func ofThisProcess(
        pid: Int32, limits: Limits, policy: HostPolicy = HostPolicy(), others: [ProcessIdentity]
    ) -> BlastRadius {
        var protected = FiredrillProcesses.now(own: pid).protected
        for ancestor in ProcessTable.ancestors(of: pid) {
            protected[ancestor] = "an ancestor of the drill"
        }
        for other in others { protected[other.pid] = "Firedrill's guardian" }
        protected[pid] = "the drill itself"
        protected[1] = "the first process of the system"
        return BlastRadius(
            limits: limits, protected: protected, policy: policy,
            defaultInterfaces: NetworkInterface.ofDefaultRoutes,
            isSameInterface: InterfacePlace.areSame, disks: .ofThisHost,
            remoteAccess: { RemoteAccess().processes(allowing: policy.allowedProcesses) },
            traits: {
                [
                    listeners = PortListeners(policy.protectedPorts),
                    users = ProtectedUsers(policy.protectedUsers)
                ] in
                ProcessTraits(of: $0, listeners: listeners, protected: users)
            })
    }

    /// Throws ``FaultError`` for the first object that is out of bounds.
    public func check(_ objects: [AimedObject]) throws {
        if let refusal = refusals(of: objects).first { throw refusal }
    }

    /// Why objects are out of bounds, in their order; empty when none is.
    public func refusals(of objects: [AimedObject]) -> [FaultError] {
        let isForeign = objects.contains {
            if case .process(_, nil) = $0 { true } else { false }
        }
        let access = isForeign ? remoteAccess() : [:]
        return objects.compactMap { object in
            do throws(FaultError) {
                try check(object, access)
                return nil
            } catch {
                return error
            }
        }
    }

    private func check(_ object: AimedObject, _ access: [Int32: String]) throws(FaultError) {
        switch object {
        case .process(let identity, let node):
            if let what = protected[identity.pid] {
                throw refusal(object, "it is \(what), which no fault may hit")
            }
            if node == nil, let what = access[identity.pid] {
                throw refusal(
                    object, "it is \(what), which people reach this host by",
                    "the host's policy can name its whole command line in allow.processes")
            }
            // What the drill itself started is not the host's.
            if node == nil, let reason = policy.objection(to: traits(identity)) {
                throw refusal(object, reason)
            }
            if limits.processes < 1 {
                throw refusal(object, "the limits allow no process", "set limits.processes")
            }
        case .link, .connections, .file, .name:
            // A link's proxy is the drill's own, a node's port, files and mounts are the testbed's:
            // what touches them reaches nothing else.
            break
        case .interface(let name, _), .packets(let name, _), .rules(let name, _),
            .flow(_, let name, _):
            if !limits.interfaces.contains(where: { isSameInterface($0, name) }) {
                throw refusal(
                    object, "the limits do not name this interface",
                    "add '\(name)' to limits.interfaces, or set backend: proxy")
            }
            if let reason = policy.objection(
                toInterface: name, defaults: defaultInterfaces, isSame: isSameInterface)
            {
                throw refusal(object, reason)
            }
            if let port = policy.protectedPorts.first(where: object.names) {
                throw refusal(object, "the host's policy protects port \(port)")
            }
            if let port = policy.protectedPorts.first(where: object.mayReach) {
                throw refusal(
                    object,
                    "the host's policy protects port \(port), which may be the other end's",
                    "name one port, or the ports of both ends")
            }
        case .processors(_, let share):
            if share > limits.cpu {
                throw refusal(object, "the limits do not allow it", "raise limits.cpu")
            }
        case .memory(let bytes):
            if bytes > limits.memory {
                throw refusal(object, "the limits do not allow it", "raise limits.memory")
            }
        case .fileSystem(let mountPoint, let bytes, let node):
            try checkFileSystem(object, mountPoint, bytes, node)
        }
    }

    private func checkFileSystem(
        _ object: AimedObject, _ mountPoint: String, _ bytes: ByteCount, _ node: String?
    ) throws(FaultError) {
        if let reason = policy.objection(
            toFileSystem: mountPoint, isForeign: node == nil, disks: disks)
        {
            throw refusal(object, reason, "give the node a file system of its own")
        }
        if node == nil && !limits.paths.contains(where: { isPath($0, in: mountPoint) }) {
            throw refusal(
                object, "it is not the testbed's, and the limits do not name it",
                "add a path in it to limits.paths")
        }
        if bytes > limits.disk {
            throw refusal(
                object, "the limits allow \(limits.disk.bytes) bytes", "raise limits.disk")
        }
    }

    private func isPath(_ path: String, in mountPoint: String) -> Bool {
        path == mountPoint || path.hasPrefix(mountPoint + "/")
    }

    private func refusal(
        _ object: AimedObject, _ reason: String, _ remedy: String = ""
    ) -> FaultError {
        FaultError(
            attempted: "allow the fault", object: "\(object)", reason: reason, remedy: remedy)
    }
}
