import Records

/// One acknowledged enqueue: who acknowledged it, and the attempt that did it.
struct Acknowledgement: Equatable {
    var node: String
    /// When the successful attempt began.
    var started: DrillTime
    var ended: DrillTime

    /// The acknowledged enqueues in the order of their acknowledgement.
    static func all(in operations: [Operation]) -> [Acknowledgement] {
        operations.compactMap { operation in
            guard operation.kind == .enqueue, operation.outcome == .ok else { return nil }
            let attempt = operation.attempts.last { $0.outcome == .ok }
            return Acknowledgement(
                node: attempt?.node ?? operation.node,
                started: attempt?.started ?? operation.intended,
                ended: attempt?.ended ?? operation.ended)
        }.sorted { $0.ended < $1.ended }
    }
}
