public import Kernel
public import Playbooks

/// The rules that decide, before anything is touched, whether a fault may have its objects; pure.
public struct BlastRadius: Sendable {
    public var limits: Limits
    /// Processes that no fault may hit, each with what it is: `the drill itself`.
    public var protected: [Int32: String]

    public init(limits: Limits, protected: [Int32: String]) {
        self.limits = limits
        self.protected = protected
    }

    /// The rules for this process: pid 1, itself, its ancestors and `others` are out of bounds.
    public static func ofThisProcess(
        pid: Int32, limits: Limits, others: [ProcessIdentity]
    ) -> BlastRadius {
        var protected: [Int32: String] = [:]
        for ancestor in ProcessTable.ancestors(of: pid) {
            protected[ancestor] = "an ancestor of the drill"
        }
        for other in others { protected[other.pid] = "Firedrill's guardian" }
        protected[pid] = "the drill itself"
        protected[1] = "the first process of the system"
        return BlastRadius(limits: limits, protected: protected)
    }

    /// Throws ``FaultError`` for the first object that is out of bounds.
    public func check(_ objects: [AimedObject]) throws {
        for object in objects { try check(object) }
    }

    private func check(_ object: AimedObject) throws {
        switch object {
        case .process(let identity, _):
            if let what = protected[identity.pid] {
                throw refusal(object, "it is \(what), which no fault may hit")
            }
            if limits.processes < 1 {
                throw refusal(object, "the limits allow no process", "set limits.processes")
            }
        case .link, .connections:
            // A link's proxy is the drill's own and a node's port is the testbed's: what touches
            // them reaches nothing else.
            break
        case .interface(let name, _), .packets(let name, _), .flow(_, let name, _):
            if !limits.interfaces.contains(name) {
                throw refusal(
                    object, "the limits do not name this interface",
                    "add '\(name)' to limits.interfaces, or set backend: proxy")
            }
        case .fileSystem(let mountPoint, let bytes, let node):
            try checkFileSystem(object, mountPoint, bytes, node)
        }
    }

    private func checkFileSystem(
        _ object: AimedObject, _ mountPoint: String, _ bytes: ByteCount, _ node: String?
    ) throws {
        let vital = ["/", "/home", "/root", "/boot", "/var", "/usr", "/etc"]
        if vital.contains(mountPoint) {
            throw refusal(
                object, "the host itself lives in this file system",
                "give the node a file system of its own")
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
