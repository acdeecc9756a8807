import Glibc
import Kernel
import Playbooks
import Records

/// Resets of connections whose packets cross an interface that the playbook names.
struct PacketReset: Sendable {
    let step: FaultStep
    let limits: Limits
    private let packets: PacketSelection

    /// Throws ``FaultError`` for what names no connections.
    init(_ selector: PacketSelector, step: FaultStep, limits: Limits) throws {
        self.step = step
        self.limits = limits
        if step.arguments.string("backend") == "proxy" {
            throw step.problem(
                "no proxy carries the connections over an interface", "leave 'backend' out")
        }
        // The kernel ends a connection in both directions, and knows it by what goes out.
        packets = try PacketSelection(
            selector, step: step, directions: [.egress], transports: .connections)
    }

    /// The objects as a plan names them.
    var objects: [AimedObject] { Self.objects(packets.located) }

    private static func objects(_ packets: PacketSelection) -> [AimedObject] {
        packets.aims(.egress).map { .rules(interface: packets.place, $0) }
    }

    static let note =
        "the kernel ends exactly the connections of this host that send such packets, known by "
        + "their cookies; listeners, sessions over ssh, and the connections of the drill and of "
        + "the processes that it was started from are spared"

    /// The interface, found; throws with all that stands in the way.
    func place(host: HostCapabilities) throws -> PacketPlace {
        let answer = try KernelAnswer.socketReset()
        return try PacketPlace(
            packets, by: .rules, host: host, limits: limits, attempted: "reset by sock_diag",
            lacks: answer.presence == .absent ? [answer.evidence] : [])
    }

    /// The connections of now; throws when sessions over ssh are among those aimed at.
    func aim(at place: PacketPlace, context: FaultContext) throws -> ResetAim {
        let control = try place.checkControlPath()
        let addresses =
            try place.namespace?.inside { try NetworkInterface.addresses() }
            ?? NetworkInterface.addresses()
        let packets = place.packets
        let objects = Self.objects(packets)
        let selection = ConnectionSelection(
            aims: packets.aims(.egress), interface: packets.interface, addresses: addresses,
            controlPorts: control.ports)
        let own =
            [getpid()] + ProcessTable.ancestors(of: getpid()) + context.protected.map(\.pid)
        return ResetAim(
            name: objects.map(\.description).joined(separator: ", "), objects: objects,
            proxies: [],
            connections: { sockets in
                let spared = own.reduce(into: Set<UInt32>()) {
                    $0.formUnion(ProcessTable.socketInodes(of: $1))
                }
                return sockets.filter { selection.contains($0) && !spared.contains($0.inode) }
            })
    }
}
