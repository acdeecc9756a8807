import Playbooks
import Records

/// What became of the packets of one direction: whether it shows the cut that was asked for; pure.
struct PacketCutAccount: Sendable, Equatable {
    /// `going out over eth1`.
    var name: String
    /// Packets of the aim that passed in a second before.
    var before: UInt64 = 0
    /// Refusals that left for the senders of cut packets; nil where packets vanish.
    var refusals: UInt64?
    /// Packets that met the rules.
    var cut: UInt64 = 0
    /// How long that was; nil before it is over.
    var held: Duration?
    /// Packets of the aim that passed all the same.
    var leaked: UInt64 = 0
    /// All other packets that passed meanwhile.
    var others: UInt64 = 0
    /// Packets of the aim that passed after the end; nil before it.
    var after: UInt64?

    /// Takes what has passed each rule of the aim, and last what has passed in all.
    ///
    /// A packet that fits several rules is counted by each, and has passed once.
    mutating func divide(_ passed: [UInt64]) {
        let all = passed.last ?? 0
        leaked = min(passed.dropLast().reduce(0, &+), all)
        others = all - leaked
    }

    /// - Parameter isAlone: whether no other direction had packets to cut: then this one must.
    func achievements(isAlone: Bool) -> [FaultRecord.Achievement] {
        // Before and after a second is watched, and all of the fault in between.
        let during = leaked == 0 && cut == 0 ? "nothing to cut" : nil
        return [
            FaultRecord.Achievement(
                name: "packets of the aim \(name) that passed",
                requested: Figure("packets a second", 0, .perSecond),
                before: Figure("packets a second", Double(before), .perSecond),
                during: Figure(
                    "packets a second", perSecond(leaked), .perSecond, text: during),
                after: after.map { Figure("packets a second", Double($0), .perSecond) },
                samples: Int(clamping: cut + leaked),
                confirmed: leaked == 0 && (cut > 0 || !isAlone)),
            FaultRecord.Achievement(
                name: "other packets \(name) that passed",
                requested: Figure("packets", 0, .none, text: "all"),
                during: Figure("packets a second", perSecond(others), .perSecond),
                samples: Int(clamping: others), confirmed: true),
        ]
            + [refusals].compactMap { $0 }.map { refusals in
                FaultRecord.Achievement(
                    name: "refusals of packets \(name) that left",
                    requested: Figure("refusals", Double(cut), .count),
                    during: Figure("refusals", Double(refusals), .count),
                    samples: Int(clamping: refusals), confirmed: isRefused)
            }
    }

    /// Whether as many refusals have left as packets were cut, but for a tenth.
    ///
    /// Those to senders that closed meanwhile may get lost on their way.
    private var isRefused: Bool { refusals.map { $0 >= cut - cut / 10 } ?? true }

    private func perSecond(_ count: UInt64) -> Double {
        Double(count) / max(1, held?.seconds ?? 1)
    }

    /// The proof over all directions.
    ///
    /// - Parameter beside: what became of trial frames that no rule is for; nil where none could go.
    static func proof(of accounts: [PacketCutAccount], beside: PacketTally?) -> EffectProof {
        let busy = accounts.count { $0.cut > 0 }
        var achieved = accounts.flatMap { $0.achievements(isAlone: busy == 0) }
        let touched = beside.map { $0.missing + $0.extra } ?? 0
        if let beside, beside.sent > 0 {
            achieved.append(
                FaultRecord.Achievement(
                    name: "frames beside the aim that were touched",
                    requested: Figure("frames", 0, .count),
                    during: Figure("frames", Double(touched), .count), samples: beside.sent,
                    confirmed: touched == 0))
        }
        if let leak = accounts.first(where: { $0.leaked > 0 }) {
            return EffectProof(
                .mismatch,
                "\(leak.leaked) packets \(leak.name) passed although they were cut",
                achieved: achieved)
        }
        if touched > 0 {
            return EffectProof(
                .mismatch, "\(touched) frames that no rule is for were lost", achieved: achieved)
        }
        if let silent = accounts.first(where: { !$0.isRefused }) {
            return EffectProof(
                .mismatch,
                "of \(silent.cut) packets \(silent.name) that met the rules only "
                    + "\(silent.refusals ?? 0) were refused, and the others vanished",
                achieved: achieved)
        }
        // Where requests are cut no answers come: one direction alone may have nothing to cut.
        guard accounts.contains(where: { $0.cut > 0 }) else {
            let names = accounts.map(\.name).joined(separator: " or ")
            return EffectProof(
                .unproven, "no packet of the aim was \(names)", achieved: achieved)
        }
        let counts = accounts.map {
            "\($0.cut) packets \($0.name) met the rules and none passed, beside \($0.others) others"
                + ($0.refusals.map { "; \($0) refusals left" } ?? "")
        }
        return EffectProof(
            .confirmed, counts.joined(separator: "; and "), achieved: achieved)
    }
}
