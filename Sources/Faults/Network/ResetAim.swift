import FaultProxy
import Kernel
import Playbooks
import Systems

/// Connections that a reset is aimed at.
struct ResetAim: Sendable {
    /// `clients to a`, `node a`.
    var name: String
    var objects: [AimedObject]
    /// The proxies through which the connections pass.
    var proxies: [FaultProxy]
    /// Those of a list that are meant.
    var connections: @Sendable ([SocketTableEntry]) -> [SocketTableEntry]

    init(
        name: String, objects: [AimedObject], proxies: [FaultProxy],
        connections: @escaping @Sendable ([SocketTableEntry]) -> [SocketTableEntry]
    ) {
        self.name = name
        self.objects = objects
        self.proxies = proxies
        self.connections = connections
    }

    /// The connections of a testbed that were accepted on a port.
    init(name: String, object: AimedObject, port: Int, proxies: [FaultProxy]) {
        let port = UInt16(clamping: port)
        self.init(name: name, objects: [object], proxies: proxies) { sockets in
            sockets.filter { $0.local.port == port && $0.local.isLoopback }
        }
    }

    /// The aims that a selector means, with the ports of now.
    ///
    /// A link's connections are those that its proxy has accepted, which are its own. A node's are
    /// those to its own port when the kernel resets them, from whomever they come; a proxy reaches
    /// those alone that pass through one.
    static func aims(
        of selector: Selector, backend: ResetBackendChoice.Backend, links: [TestbedLink],
        nodes: [NodeState], seed: UInt64, stream: String
    ) throws -> [ResetAim] {
        if let link = selector.link {
            return try LinkSelection(link: link).links(among: links, nodes: nodes).map(aim)
        }
        let chosen = try NodeSelection(selector: selector, seed: seed, stream: stream)
            .nodes(among: nodes)
        guard backend == .proxy else {
            return chosen.map { node in
                ResetAim(
                    name: "node \(node.name)",
                    object: .connections(port: node.port, node: node.name),
                    port: node.port, proxies: [])
            }
        }
        let names = Set(chosen.map(\.name))
        return links.filter { names.contains($0.destination) }.map(aim)
    }

    private static func aim(at link: TestbedLink) -> ResetAim {
        ResetAim(
            name: link.name, object: .link(link.name), port: link.proxy.port, proxies: [link.proxy])
    }
}
