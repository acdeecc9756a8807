import Kernel
import Records

/// What came of the resets of a fault so far; pure.
struct ResetTally: Sendable, Equatable {
    /// Connections that were open when one was chosen, over all volleys.
    private(set) var open = 0
    /// Connections that were chosen.
    private(set) var chosen = 0
    /// Chosen ones that had ended before their reset came.
    private(set) var ended = 0
    /// Chosen ones whose both ends are no longer established.
    private(set) var gone = 0
    private(set) var volleys = 0

    /// Resets that were carried out.
    var reset: Int { chosen - ended }

    /// Counts one volley: what was open, chosen and already over, and what the table says after it.
    mutating func count(
        open: Int, chosen: [SocketTableEntry], ended: Int, after table: [SocketTableEntry]
    ) {
        volleys += 1
        self.open += open
        self.chosen += chosen.count
        self.ended += ended
        gone += chosen.count - Self.alive(chosen, in: table).count
    }

    /// The connections of which an end is still established.
    ///
    /// The serving end is known by its cookie. The client's end may be in the same table, and then
    /// its own end says that the reset arrived.
    static func alive(
        _ chosen: [SocketTableEntry], in table: [SocketTableEntry]
    ) -> [SocketTableEntry] {
        let cookies = Set(table.map(\.cookie))
        let ends = Set(table.map { [$0.local, $0.remote] })
        return chosen.filter { entry in
            cookies.contains(entry.cookie) || ends.contains([entry.remote, entry.local])
        }
    }

    /// The proof that clients lost their connections.
    func proof(share: Double) -> EffectProof {
        let achievement = FaultRecord.Achievement(
            name: "connections reset", requested: Figure("chosen", Double(chosen), .count),
            before: Figure("open", Double(open), .count),
            during: Figure("gone from the socket table", Double(gone), .count), samples: open,
            confirmed: reset > 0 && gone == chosen)
        guard reset > 0 else {
            return EffectProof(
                .unproven,
                chosen == 0
                    ? "no connection was open to be reset"
                    : "all \(chosen) chosen connections had ended by themselves",
                achieved: [achievement])
        }
        let sentence =
            "\(reset) of \(open) open connections were reset"
            + (volleys > 1 ? " in \(volleys) volleys" : "")
            + (ended > 0 ? ", \(ended) more had ended by themselves" : "")
        guard gone == chosen else {
            return EffectProof(
                .mismatch, sentence + ", but \(chosen - gone) are still established",
                achieved: [achievement])
        }
        return EffectProof(
            .confirmed, sentence + "; the socket table has neither end of them any more",
            achieved: [achievement])
    }
}
