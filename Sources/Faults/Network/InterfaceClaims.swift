import Synchronization

/// Which fault has its qdiscs on which interface: one at a time for each direction, for they share
/// the root.
final class InterfaceClaims: Sendable {
    /// Those of this process.
    static let ofProcess = InterfaceClaims()

    private struct Place: Hashable {
        var index: Int32
        var direction: PacketSelection.Direction
        /// The inode of another network namespace; 0 for the drill's own.
        var namespace: UInt64
    }

    private let holders = Mutex<[Place: String]>([:])

    /// Throws when another fault has the interface, and names it.
    func check(
        _ interface: String, index: Int32, _ direction: PacketSelection.Direction = .egress,
        namespace: UInt64 = 0
    ) throws {
        let place = Place(index: index, direction: direction, namespace: namespace)
        if let holder = holders.withLock({ $0[place] }) { throw Self.refusal(interface, holder) }
    }

    /// Takes the interface for a fault, until it is released.
    func claim(
        _ interface: String, index: Int32, _ direction: PacketSelection.Direction = .egress,
        namespace: UInt64 = 0, by identifier: String
    ) throws {
        let place = Place(index: index, direction: direction, namespace: namespace)
        let holder = holders.withLock { holders in
            defer { holders[place] = holders[place] ?? identifier }
            return holders[place]
        }
        if let holder, holder != identifier { throw Self.refusal(interface, holder) }
    }

    /// Gives the interface back, when it is this fault's.
    func release(
        index: Int32, _ direction: PacketSelection.Direction = .egress,
        namespace: UInt64 = 0, by identifier: String
    ) {
        let place = Place(index: index, direction: direction, namespace: namespace)
        holders.withLock { if $0[place] == identifier { $0[place] = nil } }
    }

    private static func refusal(_ interface: String, _ holder: String) -> FaultError {
        FaultError(
            attempted: "put qdiscs in", object: interface,
            reason: "fault \(holder) of this drill has the interface until it ends",
            remedy: "let one follow the other, or use backend: proxy for one of them")
    }
}
