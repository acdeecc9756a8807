public import Kernel
public import Playbooks

/// One exact object that a fault will touch.
public enum AimedObject: Sendable, Equatable, CustomStringConvertible {
    /// A process; `node` is nil for one outside the testbed.
    case process(ProcessIdentity, node: String?)
    /// A link of the testbed, through its proxy.
    case link(String)
    /// The connections that a node of the testbed has accepted on its port.
    case connections(port: Int, node: String)
    /// A network interface, where packets to one port are touched.
    case interface(String, port: Int)
    /// Packets that cross a network interface.
    case packets(interface: String, PacketAim)
    /// Packets that cross a network interface, by rules alone: its queueing stays as it is.
    case rules(interface: String, PacketAim)
    /// A link of the testbed, by the packets of its own port on an interface.
    case flow(link: String, interface: String, port: Int)
    /// A name, as the testbed's processes look it up.
    case name(String)
    /// Processors of the host, for a share of their time.
    case processors(count: Int, share: Ratio)
    /// Memory of the host.
    case memory(ByteCount)
    /// Space in a file system; `node` is nil for one outside the testbed.
    case fileSystem(mountPoint: String, bytes: ByteCount, node: String?)

    /// A file of a node of the testbed.
    case file(String, node: String)

    public var description: String {
        switch self {
        case .process(let identity, let node):
            node.map { "node \($0), \(identity)" } ?? "\(identity)"
        case .link(let name): "link \(name)"
        case .connections(let port, let node): "connections of node \(node), TCP port \(port)"
        case .interface(let name, let port): "interface \(name), TCP port \(port)"
        case .packets(let interface, let aim), .rules(let interface, let aim):
            "interface \(interface), \(aim)"
        case .flow(let link, let interface, let port):
            "link \(link), by interface \(interface), TCP port \(port)"
        case .name(let name): "name \(name), as the testbed looks it up"
        case .processors(let count, let share):
            "\(DurationText.number(share.fraction * 100)) % of \(count) processors"
        case .memory(let bytes): "\(bytes.bytes) bytes of memory"
        case .file(let path, let node): "file \(path), node \(node)"
        case .fileSystem(let mountPoint, let bytes, let node):
            "\(bytes.bytes) bytes of \(mountPoint)" + (node.map { ", node \($0)" } ?? "")
        }
    }
}

extension AimedObject {
    private static let processors = "processors of the host"
    private static let memory = "memory of the host"

    /// Why no two drills may have a resource at one time, where that is not plain; empty elsewhere.
    public static func reason(toShareNot resource: String) -> String {
        guard [processors, memory].contains(resource) else { return "" }
        return "the loads of two drills would add up to more than either may put on the host, and "
            + "each would be measured under the other's"
    }

    /// What no two drills may change at the same time; nil where they cannot meet.
    ///
    /// Nodes, links and file systems of a testbed belong to one drill. Rules of a drill's own table
    /// do not hinder another's.
    public var resource: String? {
        switch self {
        case .interface(let name, _), .packets(let name, _):
            "queueing of "
                + (InterfacePlace(words: name)?.lockName ?? "\(name) in \(NetworkNamespace.current)")
        case .process(let identity, nil): "process \(identity)"
        case .fileSystem(let mountPoint, _, nil):
            // One file system may be mounted in several places.
            "space of " + (FileSystem.identity(of: mountPoint)?.description ?? mountPoint)
        case .processors: Self.processors
        case .memory: Self.memory
        case .process, .fileSystem, .file, .link, .connections, .flow, .rules, .name: nil
        }
    }
}
