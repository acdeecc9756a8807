import Kernel
import Testing

/// The interfaces that faults are put on here.
enum LinkKind: String, CaseIterable, CustomTestStringConvertible {
    case loopback, veth

    var testDescription: String { rawValue }
}

/// An interface with the two ends of what passes it.
struct Link {
    /// The index of the interface whose egress is disturbed, in ``clientSide``.
    let interface: Int32
    /// Where clients are; nil for the machine's own namespace.
    let clientSide: NetworkNamespace?
    let serverSide: NetworkNamespace?
    private let address: String
    private let address6: String

    static func make(_ kind: LinkKind) async throws -> Link {
        guard kind == .veth else {
            return Link(
                interface: try NetworkInterface.index(of: "lo"), clientSide: nil, serverSide: nil,
                address: "127.0.0.1", address6: "::1")
        }
        let (client, server) = (
            try await NetworkNamespace.make(), try await NetworkNamespace.make()
        )
        // No detection of duplicate addresses: it would hold the IPv6 ones back for a second.
        try await shell(
            """
            set -e
            ip link add near netns \(client.path) type veth peer name far netns \(server.path)
            for end in "\(client.path) near 1" "\(server.path) far 2"; do
                set -- $end
                nsenter --net=$1 sh -e -c "
                    ip address add 10.73.0.$3/24 dev $2
                    ip address add fd73::$3/64 dev $2 nodad
                    ip link set $2 up"
            done
            """)
        let index = try NetworkNamespace.inside(client) { try NetworkInterface.index(of: "near") }
        return Link(
            interface: index, clientSide: client, serverSide: server, address: "10.73.0.2",
            address6: "fd73::2")
    }

    /// A connection over it, by IPv4 unless told otherwise.
    func flow(overIPv6: Bool = false) throws -> Flow {
        try Flow(to: overIPv6 ? address6 : address, from: clientSide, serverSide: serverSide)
    }

    /// netem for one port of it.
    func netem(_ port: UInt16, _ parameters: NetemParameters) -> PortNetem {
        PortNetem(
            interface: interface, ports: [port], parameters: parameters,
            namespace: clientSide?.descriptor.number)
    }

    /// Everything the kernel lists of its qdiscs, byte for byte.
    func qdiscs() throws -> [Qdisc] {
        try NetlinkSocket(namespace: clientSide?.descriptor.number)
            .qdiscs(ofInterface: interface)
    }

    func remove() async {
        await clientSide?.remove()
        await serverSide?.remove()
    }
}
