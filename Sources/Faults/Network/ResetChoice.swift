import Kernel
import Records

/// Chooses which of the open connections are reset; pure.
struct ResetChoice: Sendable {
    /// The share of the open connections, over 0 and at most 1.
    var share: Double
    var seed: UInt64
    /// Keeps the choices of several faults apart.
    var stream: String

    /// The chosen ones of volley `number`: the share of them, rounded, and at least one.
    ///
    /// The same seed chooses the same places in the list, which is ordered by ports.
    func chosen(from open: [SocketTableEntry], volley number: Int) -> [SocketTableEntry] {
        guard !open.isEmpty else { return [] }
        let ordered = open.sorted {
            ($0.local.port, $0.remote.port, $0.cookie) < ($1.local.port, $1.remote.port, $1.cookie)
        }
        let count = min(ordered.count, max(1, Int((share * Double(ordered.count)).rounded())))
        var generator = SeededGenerator(seed: seed, stream: "\(stream) volley \(number)")
        return ordered.indices.shuffled(using: &generator).prefix(count).sorted()
            .map { ordered[$0] }
    }
}
