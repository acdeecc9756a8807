import Playbooks
import Records

/// Whether round trips before, during and after show the delay that was asked for; pure.
struct DelayJudgement: Sendable {
    var delay: Duration
    var jitter: Duration
    /// Fewer trips than this on either side prove nothing.
    var neededSamples: Int

    /// How far the median may be off: a fifth of the delay or 3 ms, and what jitter adds to the
    /// median of so few samples.
    func tolerance(samples: Int) -> Duration {
        let share = 2 * jitter.seconds / Double(max(1, samples)).squareRoot()
        return max(delay / 5, .milliseconds(3) + .seconds(share))
    }

    /// What one link's trips come to.
    func achievement(
        link: String, before: [Duration], during: [Duration], after: [Duration]?
    ) -> FaultRecord.Achievement {
        var achievement = FaultRecord.Achievement(
            name: "round trip over \(link)",
            requested: Figure(
                "added delay", Double(delay.nanoseconds), .nanoseconds,
                text: jitter == .zero
                    ? nil : "\(DurationText(delay)) ± \(DurationText(jitter))"),
            before: Self.median(before).map(Self.figure),
            during: Self.median(during).map(Self.figure),
            after: Self.median(after ?? []).map(Self.figure), samples: during.count,
            confirmed: false)
        guard before.count >= neededSamples, during.count >= neededSamples,
            let added = added(before: before, during: during)
        else { return achievement }
        achievement.confirmed = (added - delay).magnitude <= tolerance(samples: during.count)
        return achievement
    }

    /// The proof over all links.
    func proof(
        links: [String], before: [[Duration]], during: [[Duration]], after: [[Duration]]?
    ) -> EffectProof {
        let achieved = links.indices.map { index in
            achievement(
                link: links[index], before: before[index], during: during[index],
                after: after?[index])
        }
        let thinnest = links.indices.min { during[$0].count < during[$1].count } ?? 0
        let fewest = min(
            before.map(\.count).min() ?? 0, during.map(\.count).min() ?? 0)
        guard fewest >= neededSamples, !links.isEmpty else {
            return EffectProof(
                .unproven,
                "only \(fewest) round trips were measured (\(neededSamples) are needed)",
                achieved: achieved)
        }
        let worst =
            links.indices.first { !achieved[$0].confirmed } ?? thinnest
        let added = added(before: before[worst], during: during[worst]) ?? .zero
        let tolerance = tolerance(samples: during[worst].count)
        let sentence =
            "the median round trip over \(links[worst]) rose by \(DurationText(added))"
            + " in \(during[worst].count) trips; asked were \(DurationText(delay))"
            + " ± \(DurationText(tolerance))"
        return EffectProof(
            achieved.allSatisfy(\.confirmed) ? .confirmed : .mismatch, sentence,
            achieved: achieved)
    }

    /// Whether trips are back at where they were.
    func isBack(before: [Duration], after: [Duration]) -> Bool {
        guard let was = Self.median(before), let now = Self.median(after) else { return false }
        return now - was <= tolerance(samples: after.count)
    }

    private func added(before: [Duration], during: [Duration]) -> Duration? {
        guard let before = Self.median(before), let during = Self.median(during) else { return nil }
        return during - before
    }

    static func median(_ times: [Duration]) -> Duration? {
        guard !times.isEmpty else { return nil }
        let sorted = times.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private static func figure(_ median: Duration) -> Figure {
        Figure("median round trip", Double(median.nanoseconds), .nanoseconds)
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
