import Kernel
import Playbooks
import Records

/// How fast a bounded path was while it had more to carry than it may; pure.
///
/// Between two looks the path was at its bound all the time where no more has left than waited at
/// the first one, and something still waits. Other spans say nothing of the bound.
struct RateAccount: Sendable, Equatable {
    /// One look at the counters.
    struct Look: Sendable, Equatable {
        var time: DrillTime
        /// Bytes that have left, since any start.
        var bytes: UInt64
        var queuedBytes: UInt32
        /// Packets that have left, since any start.
        var packets: UInt32 = 0
    }

    /// Fewer bytes than this are too coarse to judge: packets come whole.
    static let neededPackets = 50

    /// How long the path was at its bound, in nanoseconds.
    private(set) var saturated: Int64 = 0
    /// What left it in that time.
    private(set) var bytes: UInt64 = 0
    private(set) var packets: UInt64 = 0
    private(set) var spans = 0
    /// Bytes and seconds of each span, for the interval of their ratio.
    private(set) var sums = RatioSums()
    private var last: Look?

    mutating func note(_ look: Look) {
        defer { last = look }
        // A late look may have missed that the queue ran empty, unless less has left than waited.
        guard let last, look.queuedBytes > 0, look.bytes >= last.bytes, look.time > last.time,
            look.bytes - last.bytes <= UInt64(last.queuedBytes)
        else { return }
        saturated += (look.time - last.time).count
        bytes += look.bytes - last.bytes
        packets += UInt64(look.packets &- last.packets)
        spans += 1
        sums.add(
            Double(look.bytes - last.bytes), per: Double((look.time - last.time).count) / 1e9)
    }

    /// Bytes a second at the bound; nil where it was never reached.
    var rate: Double? {
        saturated > 0 ? Double(bytes) / (Double(saturated) / 1e9) : nil
    }

    /// What the rate may have been, with what packets count beside their bytes.
    private func interval(scaledTo middle: Double) -> Figure.Interval? {
        guard let plain = SampleIntervals.ratio(sums), let rate, rate > 0 else { return nil }
        let scale = middle / rate
        return Figure.Interval(
            plain.lowerBound * scale, plain.upperBound * scale, level: SampleIntervals.level)
    }

    /// The proof that the path carried what was asked, within 3 %.
    ///
    /// - Parameters:
    ///   - asked: the rate, and what a packet counts of it.
    ///   - packet: the size of the packets that fill it, in bytes.
    func proof(asked: NetemRate, link: String, packet: Int) -> EffectProof {
        let tolerance = 0.03
        let goal = Double(asked.bytesPerSecond)
        let counted = asked.counted(bytes: bytes, packets: packets)
        let seconds = max(1, Double(saturated)) / 1e9
        let found = (counted.lowerBound / seconds)...(counted.upperBound / seconds)
        let middle = (found.lowerBound + found.upperBound) / 2
        var achievement = FaultRecord.Achievement(
            name: "bytes a second over \(link)",
            requested: Figure("bytes a second", goal, asked.unit),
            during: rate.map { _ in
                Figure(
                    "bytes a second", middle, asked.unit, interval: interval(scaledTo: middle))
            }, samples: spans,
            confirmed: false)
        guard rate != nil, bytes >= UInt64(Self.neededPackets * packet) else {
            return EffectProof(
                .unproven,
                "the path was at its bound for \(DurationText(nanoseconds: Double(saturated))) and "
                    + "\(bytes) bytes only: too little to say how fast it was",
                achieved: [achievement])
        }
        let isWithin =
            found.lowerBound <= goal * (1 + tolerance) && found.upperBound >= goal * (1 - tolerance)
        achievement.confirmed = isWithin
        let sentence =
            "\(Int(middle.rounded())) bytes a second left while more waited, in "
            + "\(DurationText(nanoseconds: Double(saturated))); asked were "
            + "\(asked.text) ± 3 %"
        return EffectProof(
            isWithin ? .confirmed : .mismatch, sentence, achieved: [achievement])
    }
}
