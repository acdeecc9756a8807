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
    /// What the policy's words for processes are held against.
    public var traits: @Sendable (ProcessIdentity) -> ProcessTraits

    public init(
        limits: Limits, protected: [Int32: String], policy: HostPolicy = HostPolicy(),
        defaultInterfaces: Set<String> = [],
        traits: @escaping @Sendable (ProcessIdentity) -> ProcessTraits = { _ in ProcessTraits() }
    ) {
        self.limits = limits
        self.protected = protected
        self.policy = policy
        self.defaultInterfaces = defaultInterfaces
        self.traits = traits
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
            traits: { [ports = policy.protectedPorts] in ProcessTraits(of: $0, ports: ports) })
    }

    /// Throws ``FaultError`` for the first object that is out of bounds.
    public func check(_ objects: [AimedObject]) throws {
        for object in objects { try check(object) }
    }

    private func check(_ object: AimedObject) throws {
        switch object {
        case .process(let identity, let node):
            if let what = protected[identity.pid] {
                throw refusal(object, "it is \(what), which no fault may hit")
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
            if !limits.interfaces.contains(name) {
                throw refusal(
                    object, "the limits do not name this interface",
                    "add '\(name)' to limits.interfaces, or set backend: proxy")
            }
            if let reason = policy.objection(toInterface: name, defaults: defaultInterfaces) {
                throw refusal(object, reason)
            }
            if let port = object.ports.flatMap({ ports in
                policy.protectedPorts.first { ports.contains($0) }
            }) {
                throw refusal(object, "the host's policy protects port \(port)")
            }
            // Without a port it is aimed at all of them.
            if let ports = object.ports, ports.isEmpty, let port = policy.protectedPorts.first {
                throw refusal(
                    object, "the host's policy protects port \(port), which is among all ports",
                    "name a port")
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
    ) throws {
        if let reason = policy.objection(toFileSystem: mountPoint, isForeign: node == nil) {
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
