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
    /// Connections that were open beside the chosen ones, over all volleys.
    private(set) var others = 0
    /// Those of them that were still established after the volley.
    private(set) var othersAlive = 0

    /// Resets that were carried out.
    var reset: Int { chosen - ended }

    /// Counts one volley: what was open, chosen and already over, and what the table says after it.
    ///
    /// - Parameter beside: what was open and not chosen.
    mutating func count(
        open: Int, chosen: [SocketTableEntry], ended: Int, after table: [SocketTableEntry],
        beside: [SocketTableEntry] = []
    ) {
        volleys += 1
        self.open += open
        self.chosen += chosen.count
        self.ended += ended
        gone += chosen.count - Self.alive(chosen, in: table).count
        let left = Set(table.map(\.cookie))
        others += beside.count
        othersAlive += beside.count { left.contains($0.cookie) }
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
    ///
    /// - Parameter hasBothEnds: whether the clients are on this host too, and their ends were seen.
    func proof(share: Double, hasBothEnds: Bool = true) -> EffectProof {
        let achievement = FaultRecord.Achievement(
            name: "connections reset",
            requested: Figure(
                "share of the open connections", share, .ratio,
                text: "\(DurationText.number(share * 100)) %: \(chosen)"),
            before: Figure("open", Double(open), .count),
            during: Figure("gone from the socket table", Double(gone), .count), samples: open,
            confirmed: reset > 0 && gone == chosen)
        let achieved = [achievement] + [leftAlone].compactMap { $0 }
        guard reset > 0 else {
            return EffectProof(
                .unproven,
                chosen == 0
                    ? "no connection was open to be reset"
                    : "all \(chosen) chosen connections had ended by themselves",
                achieved: achieved)
        }
        let sentence =
            "\(reset) of \(open) open connections were reset"
            + (volleys > 1 ? " in \(volleys) volleys" : "")
            + (ended > 0 ? ", \(ended) more had ended by themselves" : "")
        guard gone == chosen else {
            return EffectProof(
                .mismatch, sentence + ", but \(chosen - gone) are still established",
                achieved: achieved)
        }
        if let leftAlone, !leftAlone.confirmed {
            return EffectProof(
                .mismatch,
                sentence + ", but of \(others) others only \(othersAlive) lived through it",
                achieved: achieved)
        }
        return EffectProof(
            .confirmed,
            sentence
                + (hasBothEnds
                    ? "; the socket table has neither end of them any more"
                    : "; this host's socket table has their ends no more"),
            achieved: achieved)
    }

    /// That what was not chosen lived; nil where nothing else was open.
    ///
    /// Connections end by themselves too, so that most of them is enough.
    private var leftAlone: FaultRecord.Achievement? {
        guard others > 0 else { return nil }
        return FaultRecord.Achievement(
            name: "other connections that lived",
            requested: Figure("connections", Double(others), .count),
            before: Figure("open", Double(others), .count),
            during: Figure("still established", Double(othersAlive), .count), samples: others,
            confirmed: othersAlive * 2 >= others)
    }
}
