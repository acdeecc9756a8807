import Kernel
import Playbooks
import Records

/// Whether what became of trial packets shows the netem that was asked for; pure.
struct ShapeJudgement: Sendable {
    let parameters: NetemParameters
    private let effects: ShapeEffects

    /// Fewer losses, copies or early packets than these show nothing.
    static let neededEvents = 10.0

    init(parameters: NetemParameters) {
        self.parameters = parameters
        effects = ShapeEffects(parameters)
    }

    /// Before, during and after the fault, on the aimed flow and on one beside it.
    struct Trials: Equatable, Sendable {
        var before = PacketTally()
        var during = PacketTally()
        var after: PacketTally?
        var beside = PacketTally()
    }

    func proof(_ trials: Trials) -> EffectProof {
        let during = trials.during
        let achieved = achievements(trials)
        guard Double(during.sent) >= effects.packets(toSee: Self.neededEvents),
            trials.before.delays.count >= 20
        else {
            return EffectProof(
                .unproven, "only \(during.sent) trial packets were sent", achieved: achieved)
        }
        let failed = achieved.filter { !$0.confirmed }.map(\.name)
        let open = timing(trials).filter(\.isOpen).map(\.achievement.name)
        let counts = counts(during)
        guard failed.allSatisfy(open.contains) else {
            return EffectProof(
                .mismatch, "not as asked: \(failed.joined(separator: ", ")); \(counts)",
                achieved: achieved)
        }
        guard failed.isEmpty else {
            return EffectProof(
                .unproven,
                "this host was too busy to tell when packets arrived, so not shown: "
                    + "\(failed.joined(separator: ", ")); \(counts)", achieved: achieved)
        }
        return EffectProof(.confirmed, counts, achieved: achieved)
    }

    /// What became of the packets, and what share of them was to be lost.
    private func counts(_ tally: PacketTally) -> String {
        var parts: [String] = []
        if effects.missing > 0 || tally.missing > 0 {
            let share = ShareInterval.percent(Double(tally.missing) / Double(max(1, tally.sent)))
            parts.append(
                "\(tally.missing) were lost\(parameters.corrupt > 0 ? " or damaged" : "")"
                    + " (\(share); asked were \(ShareInterval.percent(effects.missing)))")
        }
        if effects.extra > 0 || tally.extra > 0 { parts.append("\(tally.extra) came twice") }
        return "of \(tally.sent) trial packets "
            + (parts.isEmpty ? "none was lost" : parts.joined(separator: " and "))
    }

    /// An achievement that hangs on when packets arrived.
    struct Timing {
        var achievement: FaultRecord.Achievement
        /// Whether what was asked for may have happened all the same: nobody looked for so long that
        /// the packets' times do not tell.
        var isOpen = false
    }

    /// How much later than before a packet may be when the fault is out; nil where the fault made
    /// none late, so that what is late is the host's.
    var lateness: Duration? {
        let isTimed = parameters.longestDelay > .zero || parameters.rate != nil
        return isTimed ? max(effects.delay / 10, .milliseconds(3)) : nil
    }

    /// Whether the flow is back at where it was before.
    func isBack(before: PacketTally, after: PacketTally) -> Bool {
        guard let was = DelayJudgement.median(before.delays),
            let now = DelayJudgement.median(after.delays)
        else { return false }
        let lost = { (tally: PacketTally) in Double(tally.missing) / Double(tally.sent) }
        return lost(after) <= lost(before) + 0.01
            && lateness.map { now - was <= $0 } ?? true
    }

    private func achievements(_ trials: Trials) -> [FaultRecord.Achievement] {
        [missing(trials), burst(trials), extra(trials)].compactMap { $0 }
            + timing(trials).map(\.achievement)
    }

    private func timing(_ trials: Trials) -> [Timing] {
        [early(trials), delay(trials), beside(trials)].compactMap { $0 }
    }

    private func missing(_ trials: Trials) -> FaultRecord.Achievement? {
        share(
            parameters.corrupt > 0 ? "lost or damaged" : "lost", effects.missing, trials,
            correlation: effects.correlation
        ) { ($0.missing, $0.sent) }
    }

    private func extra(_ trials: Trials) -> FaultRecord.Achievement? {
        share("copies beyond the first", effects.extra, trials) { ($0.extra, $0.sent) }
    }

    private func early(_ trials: Trials) -> Timing? {
        guard effects.early > 0 else { return nil }
        let bound = base(trials) + effects.delay / 2
        let count = { (tally: PacketTally) in
            (tally.delays.count { $0 < bound }, tally.delays.count)
        }
        guard let during = figure("sent at once", count(trials.during)) else { return nil }
        let (early, all) = count(trials.during)
        // Those that were taken late may have been early.
        let most = trials.during.leastDelays.count { $0 < bound }
        let isShown = ShareInterval(count: early, of: all).contains(effects.early)
        return Timing(
            achievement: FaultRecord.Achievement(
                name: "packets sent at once", requested: Figure("share", effects.early, .ratio),
                during: during, samples: all, confirmed: isShown),
            isOpen: !isShown
                && ShareInterval(count: early, of: all).upper < effects.early
                && ShareInterval(count: most, of: all).upper >= effects.early)
    }

    private func share(
        _ name: String, _ expected: Double, _ trials: Trials, correlation: Double = 0,
        count: (PacketTally) -> (Int, Int)
    ) -> FaultRecord.Achievement? {
        let (events, all) = count(trials.during)
        // Nothing asked and nothing seen needs no line.
        guard expected > 0 || events > 0, all > 0 else { return nil }
        let interval = ShareInterval(count: events, of: all, correlation: correlation)
        let isExpected =
            expected == 0 ? Double(events) / Double(all) <= 0.001 : interval.contains(expected)
        // What has no room while it waits for a rate is lost beside.
        let isBeside = parameters.rate != nil && name.hasPrefix("lost")
        return FaultRecord.Achievement(
            name: "packets \(name)", requested: Figure("share", expected, .ratio),
            before: figure("share", count(trials.before)),
            during: Figure(
                "share", Double(events) / Double(all), .ratio,
                interval: Figure.Interval(interval)),
            after: trials.after.flatMap { figure("share", count($0)) }, samples: all,
            confirmed: isExpected || isBeside && interval.upper >= expected)
    }

    private func figure(_ name: String, _ count: (Int, Int)) -> Figure? {
        guard count.1 > 0 else { return nil }
        return Figure(
            name, Double(count.0) / Double(count.1), .ratio,
            interval: Figure.Interval(ShareInterval(count: count.0, of: count.1)))
    }

    /// The mean length of bursts; nil without a model of them.
    private func burst(_ trials: Trials) -> FaultRecord.Achievement? {
        guard let expected = effects.burst, parameters.corrupt == 0 else { return nil }
        let bursts = trials.during.bursts
        guard !bursts.isEmpty else { return nil }
        let mean = Double(bursts.reduce(0, +)) / Double(bursts.count)
        // The deviation of a geometric law with this mean; a doubled packet can cut a burst in two.
        let deviation = (expected * (expected - 1)).squareRoot()
        let slack =
            ShareInterval.deviations * deviation / Double(bursts.count).squareRoot()
            + (0.05 + parameters.duplicate) * expected
        return FaultRecord.Achievement(
            name: "packets lost in a row", requested: Figure("mean", expected, .count),
            during: Figure(
                "mean", mean, .count, interval: Self.interval(ofBursts: bursts, mean: mean)),
            samples: bursts.count,
            confirmed: abs(mean - expected) <= slack)
    }

    /// Of the mean length of bursts, whose lengths follow a geometric law.
    private static func interval(ofBursts bursts: [Int], mean: Double) -> Figure.Interval? {
        guard bursts.count >= 20 else { return nil }
        let error =
            (mean * (mean - 1)).squareRoot() / Double(bursts.count).squareRoot()
        return Figure.Interval(
            max(1, mean - ShareInterval.deviations * error),
            mean + ShareInterval.deviations * error, level: ShareInterval.level)
    }

    private func delay(_ trials: Trials) -> Timing? {
        guard effects.delay > .zero else { return nil }
        let base = base(trials)
        // Those that were sent at once are no part of the delay.
        let bound = effects.early > 0 ? base + effects.delay / 2 : .zero
        let late = zip(trials.during.delays, trials.during.leastDelays).filter { $0.0 >= bound }
        guard let mean = Self.mean(late.map(\.0)), let least = Self.mean(late.map(\.1)) else {
            return nil
        }
        let added = mean - base
        let spread =
            (parameters.jitter.seconds * 4 + effects.slotSpread.seconds * 4)
            / Double(late.count).squareRoot()
        let tolerance = max(effects.delay / 10, .milliseconds(3)) + .seconds(spread)
        // Packets may wait for a rate beside, longer than anybody could say.
        let isInTime = parameters.rate != nil || added - effects.delay <= tolerance
        let isShown = isInTime && effects.delay - added <= tolerance
        let possible = (least - base)...(mean - leastBase(trials))
        return Timing(
            achievement: FaultRecord.Achievement(
                name: "one-way delay",
                requested: Figure(
                    "added delay", Double(effects.delay.nanoseconds), .nanoseconds,
                    text: "\(DurationText(effects.delay)) ± "
                        + "\(DurationText(parameters.jitter + effects.slotSpread))"),
                before: Figure(
                    "median", Double(base.nanoseconds), .nanoseconds,
                    interval: SampleIntervals.median(trials.before.delays)
                        .map(Figure.Interval.init)),
                during: Self.figure(mean, of: late.map(\.0)),
                after: trials.after.flatMap { after in
                    Self.mean(after.delays).map { Self.figure($0, of: after.delays) }
                },
                samples: late.count, confirmed: isShown),
            isOpen: !isShown && possible.lowerBound - effects.delay <= tolerance
                && effects.delay - possible.upperBound <= tolerance)
    }

    /// The flow beside the aim, which must be left alone.
    private func beside(_ trials: Trials) -> Timing? {
        let tally = trials.beside
        guard tally.sent > 0 else { return nil }
        let lost = tally.missing + tally.extra
        let isSlow = { (delays: [Duration]) in
            DelayJudgement.median(delays).map { $0 - base(trials) > .milliseconds(3) } ?? true
        }
        return Timing(
            achievement: FaultRecord.Achievement(
                name: "packets of a flow beside the aim that were touched",
                requested: Figure("packets", 0, .count),
                during: Figure(
                    "packets", Double(lost), .count,
                    text: isSlow(tally.delays) ? "\(lost), all of them late" : nil),
                samples: tally.sent, confirmed: lost == 0 && !isSlow(tally.delays)),
            isOpen: lost == 0 && isSlow(tally.delays) && !isSlow(tally.leastDelays))
    }

    private func base(_ trials: Trials) -> Duration {
        DelayJudgement.median(trials.before.delays) ?? .zero
    }

    private func leastBase(_ trials: Trials) -> Duration {
        DelayJudgement.median(trials.before.leastDelays) ?? .zero
    }

    private static func figure(_ mean: Duration, of delays: [Duration]) -> Figure {
        Figure(
            "mean", Double(mean.nanoseconds), .nanoseconds,
            interval: SampleIntervals.mean(delays).map(Figure.Interval.init))
    }

    private static func mean(_ delays: [Duration]) -> Duration? {
        delays.isEmpty ? nil : delays.reduce(.zero, +) / delays.count
    }
}
