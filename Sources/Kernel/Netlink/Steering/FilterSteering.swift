private import CNetlink
import Glibc

/// Steering by u32 filters on the root qdisc (tc-u32(8)), which every kernel with qdiscs has.
///
/// The filters live as long as the qdisc does, longer than the drill if it dies. They see the bytes
/// of packets only, and no ports where an IPv6 packet has extension headers.
public struct FilterSteering: Steering {
    public let name = "u32"

    public init() {}

    public func objection(to aim: PacketAim) -> String? {
        aim.user == nil ? nil : "u32 cannot see which user a packet is from; that takes nf_tables"
    }

    public func steer(_ aims: [PacketAim], to place: SteeringPlace) throws(KernelError) {
        let socket = try NetlinkSocket(namespace: place.namespace)
        for filter in filters(for: aims, to: place) {
            try socket.request(filter.message(), object: "filter on interface \(place.interface)")
        }
    }

    /// Nothing: the kernel has acknowledged each filter, and takes none out by itself.
    public func differences() -> [String] { [] }

    public func unsteer(from place: SteeringPlace) throws(KernelError) {
        let socket = try NetlinkSocket(namespace: place.namespace)
        let failure = try socket.failure(
            of: PacketFilter.flush(interface: place.interface, parent: place.root),
            object: "filters on interface \(place.interface)")
        if let failure, ![ENOENT, EINVAL, ENODEV].contains(failure.number) { throw failure }
    }

    private func filters(for aims: [PacketAim], to place: SteeringPlace) -> [PacketFilter] {
        aims.enumerated().flatMap { index, aim in
            PacketFilter.filters(
                for: aim, interface: place.interface, parent: place.root, target: place.target,
                priority: UInt32(2 * index + 1))
        }
    }
}
