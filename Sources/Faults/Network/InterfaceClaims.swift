import Synchronization

/// Which fault has its qdiscs on which interface: one at a time for each direction, for they share
/// the root.
final class InterfaceClaims: Sendable {
    /// Those of this process.
    static let ofProcess = InterfaceClaims()

    /// A direction of an interface.
    struct Place: Hashable, Sendable {
        /// The index of the interface.
        var index: Int32
        var direction = PacketSelection.Direction.egress
        /// The inode of another network namespace; 0 for the drill's own.
        var namespace: UInt64 = 0
    }

    /// A place that one fault has, until it lets go of this.
    final class Claim: Sendable {
        private let claims: InterfaceClaims
        private let place: Place

        fileprivate init(_ claims: InterfaceClaims, _ place: Place) {
            self.claims = claims
            self.place = place
        }

        deinit { claims.holders.withLock { $0[place] = nil } }

        /// Says which fault it is of, for those that are refused.
        func name(_ identifier: String) { claims.holders.withLock { $0[place] = identifier } }
    }

    /// The fault's name, which is empty as long as it has none.
    private let holders = Mutex<[Place: String]>([:])

    /// Throws when another fault has the interface, and names it.
    func check(_ interface: String, at place: Place) throws {
        if let holder = holders.withLock({ $0[place] }) { throw Self.refusal(interface, holder) }
    }

    /// Takes the interface for a fault; throws when another one has it, and names that.
    func claim(_ interface: String, at place: Place) throws -> Claim {
        let holder = holders.withLock { holders in
            defer { holders[place] = holders[place] ?? "" }
            return holders[place]
        }
        if let holder { throw Self.refusal(interface, holder) }
        return Claim(self, place)
    }

    private static func refusal(_ interface: String, _ holder: String) -> FaultError {
        FaultError(
            attempted: "put qdiscs in", object: interface,
            reason: (holder.isEmpty ? "another fault" : "fault \(holder)")
                + " of this drill has the interface until it ends",
            remedy: "let one follow the other, outside of 'parallel'")
    }
}
