private import CNetlink
import Glibc

/// The interfaces that a network namespace reaches the world over; pure once it is read.
struct HostRoutes {
    /// An interface, and what it stands on.
    struct Link: Equatable {
        var index: Int32
        var name: String
        /// What it is a port of: a bridge, a bond, a VRF.
        var master: Int32?
        /// The interface below: of a VLAN, a macvlan, a tunnel, the other end of a veth.
        var lower: Int32?
        /// The other end of a tunnel, in network byte order.
        var peer: [UInt8]?
    }

    var links: [Link]
    /// The interfaces of routes to everything, or to large parts of it.
    var ways: Set<Int32>
    /// The interface that packets to an address leave over; nil where none does.
    var lookUp: ([UInt8]) -> Int32?

    /// The names of the interfaces that routes to everything lead over, and of those that carry them.
    ///
    /// The ports of a bridge or a bond, what a VLAN or a tunnel runs over, and what an interface is
    /// enslaved to. Loopback, over which the kernel leads what it refuses, is left out.
    var names: Set<String> {
        let byIndex = Dictionary(
            links.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        var found: Set<Int32> = []
        var open = Array(ways)
        while let index = open.popLast() {
            guard found.insert(index).inserted, let link = byIndex[index] else { continue }
            open += links.filter { $0.master == index }.map(\.index)
            open += [link.lower, link.peer.flatMap(lookUp)].compactMap(\.self)
        }
        // Not their other ports: a bridge carries more than the one that was found.
        var masters = found.compactMap { byIndex[$0]?.master }
        while let index = masters.popLast() {
            guard found.insert(index).inserted else { continue }
            masters += [byIndex[index]?.master].compactMap(\.self)
        }
        return Set(found.filter { $0 != Self.loopback }.compactMap { byIndex[$0]?.name })
    }

    private static let loopback: Int32 = 1

    /// Addresses that nobody has a route of their own to, in both halves of what there is.
    private static let farAway: [[UInt8]] = [
        [8, 8, 8, 8], [193, 0, 6, 139],
        [0x20, 0x01, 0x48, 0x60, 0x48, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x88],
        [0x2a, 0x00, 0x14, 0x50, 0x40, 0x01, 0x08, 0x12, 0, 0, 0, 0, 0, 0, 0x20, 0x0e],
    ]

    /// Asks the kernel, of the calling thread's namespace (rtnetlink(7)); all tables count.
    static func read() throws(KernelError) -> HostRoutes {
        let lookUp = { (address: [UInt8]) in try? way(to: address) }
        var ways = Set(farAway.compactMap(lookUp))
        for family in [AF_INET, AF_INET6] { ways.formUnion(try wideRoutes(family)) }
        return HostRoutes(links: try allLinks(), ways: ways, lookUp: lookUp)
    }

    private static func allLinks() throws(KernelError) -> [Link] {
        let socket = try NetlinkSocket()
        let message = try NetlinkMessage(type: Int(RTM_GETLINK), flags: 0)
        // struct ifinfomsg.
        try message.append(Array(repeating: 0, count: 16))
        return try socket.dump(message, object: "interfaces").compactMap(link)
    }

    /// Reads a `struct ifinfomsg` with its attributes.
    static func link(_ message: ArraySlice<UInt8>) -> Link? {
        let attributes = NetlinkAttributes(message.dropFirst(16))
        guard let kind = message.integer(at: 2, as: UInt16.self),
            let index = message.integer(at: 4, as: Int32.self),
            let name = attributes.string(Int(IFLA_IFNAME))
        else { return nil }
        // The number of an interface in another namespace says nothing here.
        let isHere = attributes[Int(IFLA_LINK_NETNSID)] == nil
        // What is no tunnel has a hardware address there.
        let peer = tunnels.contains(Int32(kind)) ? attributes[Int(IFLA_BROADCAST)] : nil
        return Link(
            index: index, name: name,
            master: attributes[Int(IFLA_MASTER)]?.integer(at: 0, as: Int32.self),
            lower: isHere ? attributes[Int(IFLA_LINK)]?.integer(at: 0, as: Int32.self) : nil,
            peer: peer.flatMap { [4, 16].contains($0.count) ? Array($0) : nil })
    }

    /// ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, ARPHRD_IPGRE and ARPHRD_IP6GRE (linux/if_arp.h).
    private static let tunnels: Set<Int32> = [768, 769, 776, 778, 823]

    private static func wideRoutes(_ family: Int32) throws(KernelError) -> Set<Int32> {
        let socket = try NetlinkSocket()
        let message = try NetlinkMessage(type: Int(RTM_GETROUTE), flags: 0)
        try message.append(header(family))
        return Set(try socket.dump(message, object: "routes").flatMap { wideWays($0) })
    }

    /// The interfaces of a route, a `struct rtmsg` with its attributes; none of one to a smaller part.
    ///
    /// Two routes to a half each are as good as one to everything, and four to a quarter.
    static func wideWays(_ message: ArraySlice<UInt8>) -> [Int32] {
        guard let family = message.integer(at: 0, as: UInt8.self),
            let length = message.integer(at: 1, as: UInt8.self),
            message.integer(at: 7, as: UInt8.self) == UInt8(RTN_UNICAST),
            length < (Int32(family) == AF_INET ? 8 : 7)
        else { return [] }
        // struct rtmsg has 12 bytes.
        let attributes = NetlinkAttributes(message.dropFirst(12))
        // Multicast is no way to the world.
        let first = attributes[Int(RTA_DST.rawValue)]?.first ?? 0
        guard length == 0 || first < 224 else { return [] }
        var ways = [attributes[Int(RTA_OIF.rawValue)]?.integer(at: 0, as: Int32.self)]
        var hops = attributes[Int(RTA_MULTIPATH.rawValue)] ?? []
        // struct rtnexthop: a length of two bytes, two more, and the interface.
        while let size = hops.integer(at: 0, as: UInt16.self), size >= 8, Int(size) <= hops.count {
            ways.append(hops.integer(at: 4, as: Int32.self))
            hops = hops.dropFirst((Int(size) + 3) & ~3)
        }
        return ways.compactMap(\.self)
    }

    /// The interface that the kernel would send to an address over, rules of routing and all.
    private static func way(to address: [UInt8]) throws(KernelError) -> Int32? {
        let socket = try NetlinkSocket()
        let message = try NetlinkMessage(type: Int(RTM_GETROUTE), flags: 0)
        try message.append(
            header(address.count == 4 ? AF_INET : AF_INET6, length: UInt8(address.count * 8)))
        try message.put(Int(RTA_DST.rawValue), address)
        let answers = try socket.exchange(message, flags: NLM_F_ACK, object: "route")
        let attributes = NetlinkAttributes((answers.first ?? []).dropFirst(12))
        return attributes[Int(RTA_OIF.rawValue)]?.integer(at: 0, as: Int32.self)
    }

    private static func header(_ family: Int32, length: UInt8 = 0) -> [UInt8] {
        [UInt8(family), length] + Array(repeating: 0, count: 10)
    }
}
