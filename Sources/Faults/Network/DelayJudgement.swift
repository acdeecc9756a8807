import Playbooks
import Records

/// Whether round trips before, during and after show the delay that was asked for; pure.
struct DelayJudgement: Sendable {
    var delay: Duration
    var jitter: Duration
    /// Fewer trips than this on either side prove nothing.
    var neededSamples: Int
    /// Whether the delay is held to 2 % or 0.2 ms: the kernel's timers make it, and this host's clock
    /// is good enough to tell.
    var isExact = false

    /// How far the median may be off: a fifth of the delay or 3 ms, and what jitter adds to the
    /// median of so few samples.
    func tolerance(samples: Int) -> Duration {
        let share = 2 * jitter.seconds / Double(max(1, samples)).squareRoot()
        return max(delay / 5, .milliseconds(3) + .seconds(share))
    }

    /// How far all that the samples allow may be off; never more than ``tolerance(samples:)``.
    func exactness(samples: Int) -> Duration {
        guard isExact else { return tolerance(samples: samples) }
        let share = 2 * jitter.seconds / Double(max(1, samples)).squareRoot()
        return min(
            tolerance(samples: samples),
            max(delay / 50, .microseconds(200)) + .seconds(share))
    }

    /// What the delay may have been, going by the medians' intervals; the median alone where there
    /// are too few trips for one.
    func possible(before: [Duration], during: [Duration]) -> ClosedRange<Duration>? {
        guard let added = added(before: before, during: during) else { return nil }
        guard let was = SampleIntervals.median(before), let now = SampleIntervals.median(during)
        else { return added...added }
        return now.lowerBound - was.upperBound...now.upperBound - was.lowerBound
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
            before: Self.figure(before), during: Self.figure(during),
            after: after.flatMap(Self.figure), samples: during.count,
            confirmed: false)
        guard before.count >= neededSamples, during.count >= neededSamples,
            let added = added(before: before, during: during),
            let possible = possible(before: before, during: during)
        else { return achievement }
        let exactness = exactness(samples: during.count)
        achievement.confirmed =
            (added - delay).magnitude <= tolerance(samples: during.count)
            && possible.overlaps(delay - exactness...delay + exactness)
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
        let possible = possible(before: before[worst], during: during[worst]) ?? added...added
        let level = Int((SampleIntervals.level * 100).rounded())
        let sentence =
            "the median round trip over \(links[worst]) rose by \(DurationText(added))"
            + " (\(level) %: \(DurationText(possible.lowerBound)) to "
            + "\(DurationText(possible.upperBound))) in \(during[worst].count) trips; asked were "
            + "\(DurationText(delay)) ± \(DurationText(exactness(samples: during[worst].count)))"
        return EffectProof(
            achieved.allSatisfy(\.confirmed) ? .confirmed : .mismatch, sentence,
            achieved: achieved)
    }

    /// Whether trips are back at where they were.
    func isBack(before: [Duration], after: [Duration]) -> Bool {
        guard let was = Self.median(before), let now = Self.median(after) else { return false }
        return now - was <= tolerance(samples: after.count)
    }

    func added(before: [Duration], during: [Duration]) -> Duration? {
        guard let before = Self.median(before), let during = Self.median(during) else { return nil }
        return during - before
    }

    static func median(_ times: [Duration]) -> Duration? {
        guard !times.isEmpty else { return nil }
        let sorted = times.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    static func figure(_ trips: [Duration]) -> Figure? {
        median(trips).map {
            Figure(
                "median round trip", Double($0.nanoseconds), .nanoseconds,
                interval: SampleIntervals.median(trips).map(Figure.Interval.init))
        }
    }
}

extension DelayJudgement {
    /// Fewer trips than this over a spared link say nothing of it.
    private static let fewestSpared = 5

    /// How much slower a spared link may get: less than the delay, whatever else the service does.
    private var spill: Duration { max(delay * 4 / 5, .milliseconds(5)) }

    /// Adds what links came to that the fault is not for; one that has slowed down as if it were
    /// takes a confirmation back.
    func addSpared(
        links: [String], before: [[Duration]], during: [[Duration]], to proof: inout EffectProof
    ) {
        for (index, link) in links.enumerated()
        where before.indices.contains(index) && during.indices.contains(index) {
            guard before[index].count >= Self.fewestSpared,
                during[index].count >= Self.fewestSpared,
                let added = added(before: before[index], during: during[index])
            else { continue }
            let isSpared = added < spill
            proof.achieved.append(
                FaultRecord.Achievement(
                    name: "round trip over \(link), spared",
                    requested: Figure("added delay", 0, .nanoseconds, text: "as before"),
                    before: Self.figure(before[index]), during: Self.figure(during[index]),
                    samples: during[index].count, confirmed: isSpared))
            guard !isSpared else { continue }
            proof.sentence +=
                "; the median round trip over \(link), which was spared, rose by "
                + "\(DurationText(added))"
            if proof.injection == .confirmed { proof.injection = .mismatch }
        }
    }
}

extension Duration {
    fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}
