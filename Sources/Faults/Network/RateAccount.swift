import Playbooks
import Records

/// How fast a bounded path was while it had more to carry than it may; pure.
///
/// Between two looks at which something waited the path was at its bound all the time, for a queue
/// that is served in order and never taken from. Other spans say nothing of the bound.
struct RateAccount: Sendable, Equatable {
    /// One look at the counters.
    struct Look: Sendable, Equatable {
        var time: DrillTime
        /// Bytes that have left, since any start.
        var bytes: UInt64
        var queuedBytes: UInt32
    }

    /// Fewer bytes than this are too coarse to judge: packets come whole.
    static let neededPackets = 50

    /// How long the path was at its bound, in nanoseconds.
    private(set) var saturated: Int64 = 0
    /// What left it in that time.
    private(set) var bytes: UInt64 = 0
    private(set) var spans = 0
    private var last: Look?

    mutating func note(_ look: Look) {
        defer { last = look }
        guard let last, last.queuedBytes > 0, look.queuedBytes > 0, look.bytes >= last.bytes,
            look.time > last.time
        else { return }
        saturated += (look.time - last.time).count
        bytes += look.bytes - last.bytes
        spans += 1
    }

    /// Bytes a second at the bound; nil where it was never reached.
    var rate: Double? {
        saturated > 0 ? Double(bytes) / (Double(saturated) / 1e9) : nil
    }

    /// The proof that the path carried what was asked, within 3 %.
    ///
    /// - Parameter packet: the size of the packets that fill it, in bytes.
    func proof(asked: Double, link: String, packet: Int) -> EffectProof {
        let tolerance = 0.03
        var achievement = FaultRecord.Achievement(
            name: "bytes a second over \(link)", requested: Figure("bytes a second", asked, .bytes),
            during: rate.map { Figure("bytes a second", $0, .bytes) }, samples: spans,
            confirmed: false)
        guard let rate, bytes >= UInt64(Self.neededPackets * packet) else {
            return EffectProof(
                .unproven,
                "the path was at its bound for \(DurationText(nanoseconds: Double(saturated))) and "
                    + "\(bytes) bytes only: too little to say how fast it was",
                achieved: [achievement])
        }
        let isWithin = abs(rate / asked - 1) <= tolerance
        achievement.confirmed = isWithin
        let sentence =
            "\(Int(rate.rounded())) bytes a second left while more waited, in "
            + "\(DurationText(nanoseconds: Double(saturated))); asked were \(Int(asked)) ± 3 %"
        return EffectProof(
            isWithin ? .confirmed : .mismatch, sentence, achieved: [achievement])
    }
}
