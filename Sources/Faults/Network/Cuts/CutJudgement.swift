import Records

/// Whether tries before, during and after show the cuts that were asked for, and no others; pure.
struct CutJudgement: Sendable {
    /// Fewer tries than this on a link prove nothing.
    static let neededTries = 3

    /// What was seen of one link.
    struct Witness: Sendable {
        var link: String
        /// Nil for a link that is spared.
        var loss: LinkCut.Loss?
        var before: Reach
        var during: Reach
        var after: Reach?
        /// Packets that vanished on it; nil where they are not counted.
        var packetsLost: UInt64?
    }

    var witnesses: [Witness]

    var proof: EffectProof {
        let cut = witnesses.filter { $0.loss != nil }
        let achieved = witnesses.map(Self.achievement)
        if let thin = witnesses.first(where: Self.isThin) {
            return EffectProof(
                .unproven,
                "\(thin.link) was tried \(thin.during.tries) times during the cut and had answered "
                    + "\(thin.before.answers) times before; \(Self.neededTries) of each are needed",
                achieved: achieved)
        }
        if let leak = cut.first(where: { $0.during.answers > 0 }) {
            return EffectProof(
                .mismatch,
                "\(leak.during.answers) of \(leak.during.tries) tries over \(leak.link) were "
                    + "answered although it was cut", achieved: achieved)
        }
        if let missed = cut.first(where: { $0.packetsLost == 0 }) {
            return EffectProof(
                .mismatch, "no packet of \(missed.link) was hit by its rules", achieved: achieved)
        }
        if let hit = witnesses.first(where: { $0.loss == nil && $0.during.answers == 0 }) {
            return EffectProof(
                .mismatch,
                "none of \(hit.during.tries) tries over \(hit.link) was answered although it was "
                    + "spared", achieved: achieved)
        }
        return EffectProof(.confirmed, sentence(cut), achieved: achieved)
    }

    private func sentence(_ cut: [Witness]) -> String {
        let tries = cut.map(\.during.tries).reduce(0, +)
        let spared = witnesses.filter { $0.loss == nil }
        var parts = [
            "none of \(tries) tries over " + cut.map(\.link).joined(separator: ", ")
                + " was answered"
        ]
        if !spared.isEmpty {
            let answers = spared.map(\.during.answers).reduce(0, +)
            parts.append(
                "\(answers) of \(spared.map(\.during.tries).reduce(0, +)) over "
                    + spared.map(\.link).joined(separator: ", ") + " were")
        }
        let lost = cut.compactMap(\.packetsLost)
        if !lost.isEmpty { parts.append("\(lost.reduce(0, +)) packets were lost") }
        return parts.joined(separator: "; ")
    }

    /// A link that never answered before cannot show a cut; a spared one that did not is no witness.
    private static func isThin(_ witness: Witness) -> Bool {
        let isTried = witness.during.tries >= neededTries
        return witness.loss == nil
            ? witness.before.answers > 0 && !isTried
            : witness.before.answers < neededTries || !isTried
    }

    private static func achievement(_ witness: Witness) -> FaultRecord.Achievement {
        let isCut = witness.loss != nil
        let packets = witness.packetsLost.map { ", \($0) packets lost" } ?? ""
        return FaultRecord.Achievement(
            name: isCut
                ? "answers over \(witness.link), cut" + packets
                : "answers over \(witness.link), spared",
            requested: Figure(
                "answered", isCut ? 0 : 1, .none, text: isCut ? "none" : "some"),
            before: figure(witness.before), during: figure(witness.during),
            after: witness.after.map(figure), samples: witness.during.tries,
            confirmed: isCut == (witness.during.answers == 0)
                && witness.during.tries >= neededTries && witness.packetsLost != 0)
    }

    private static func figure(_ reach: Reach) -> Figure {
        let share = reach.tries > 0 ? ShareInterval(count: reach.answers, of: reach.tries) : nil
        return Figure(
            "answered", Double(reach.answers), .count,
            text: "\(reach.answers) of \(reach.tries)",
            interval: share.map {
                Figure.Interval(
                    $0.lower * Double(reach.tries), $0.upper * Double(reach.tries),
                    level: ShareInterval.level)
            })
    }
}
