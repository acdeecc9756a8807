import Synchronization

/// Which fault has its qdiscs on which interface: one at a time, for they share the root.
final class InterfaceClaims: Sendable {
    /// Those of this process.
    static let ofProcess = InterfaceClaims()

    private let holders = Mutex<[Int32: String]>([:])

    /// Throws when another fault has the interface, and names it.
    func check(_ interface: String, index: Int32) throws {
        if let holder = holders.withLock({ $0[index] }) { throw Self.refusal(interface, holder) }
    }

    /// Takes the interface for a fault, until it is released.
    func claim(_ interface: String, index: Int32, by identifier: String) throws {
        let holder = holders.withLock { holders in
            defer { holders[index] = holders[index] ?? identifier }
            return holders[index]
        }
        if let holder, holder != identifier { throw Self.refusal(interface, holder) }
    }

    /// Gives the interface back, when it is this fault's.
    func release(index: Int32, by identifier: String) {
        holders.withLock { if $0[index] == identifier { $0[index] = nil } }
    }

    private static func refusal(_ interface: String, _ holder: String) -> FaultError {
        FaultError(
            attempted: "put qdiscs in", object: interface,
            reason: "fault \(holder) of this drill has the interface until it ends",
            remedy: "let one follow the other, or use backend: proxy for one of them")
    }
}
