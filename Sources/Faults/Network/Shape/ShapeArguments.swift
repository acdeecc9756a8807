import FoundationEssentials
import Kernel
import Playbooks

/// Reads netem's parameters out of a step; throws ``FaultError`` for what netem cannot do.
struct ShapeArguments {
    let parameters: NetemParameters
    /// What was asked, in words.
    let words: [String]

    static let declarations: [ParameterDeclaration] = [
        ParameterDeclaration("delay", .duration, "How much later each packet arrives."),
        ParameterDeclaration(
            "jitter", .duration, "How far the delay varies, evenly or by the distribution."),
        ParameterDeclaration(
            "distribution", .choice(["uniform", "normal", "pareto", "paretonormal"]),
            "How the delay varies.", default: .string("uniform")),
        ParameterDeclaration(
            "round_trips", .string,
            "A file of measured round trips, one a line with its unit, that delays are drawn from."
        ),
        ParameterDeclaration(
            "loss",
            .either([
                .ratio,
                .mapping([
                    ParameterDeclaration(
                        "rate", .ratio, "The share of packets that are lost.", isRequired: true),
                    ParameterDeclaration(
                        "burst", .number(1...1000), "How many are lost in a row on average.",
                        isRequired: true),
                ]),
            ]), "The share of packets that are lost, each by itself or in bursts."),
        ParameterDeclaration(
            "loss_states",
            .mapping(
                [
                    ("p13", "From delivering to losing in a burst."),
                    ("p31", "From losing in a burst to delivering."),
                    ("p32", "From losing in a burst to a gap in it, which delivers."),
                    ("p23", "From a gap in a burst to losing."),
                    ("p14", "From delivering to losing one packet alone."),
                ].map { ParameterDeclaration($0.0, .ratio, $0.1, default: .ratio(Ratio(0))) }
            ), "Losses by a chain of four states, each a share of packets that change it."),
        ParameterDeclaration(
            "ecn", .boolean,
            "Marks packets of flows that know ECN as having met congestion, instead of losing them.",
            default: .boolean(false)),
        ParameterDeclaration(
            "slot",
            .mapping([
                ParameterDeclaration(
                    "from", .duration, "The shortest time to the next slot.", isRequired: true),
                ParameterDeclaration(
                    "to", .duration, "The longest time to the next slot.", isRequired: true),
                ParameterDeclaration(
                    "packets", .integer(1...1_000_000), "At most so many packets in a slot."),
            ]), "Packets wait for slots, and leave together, as over a shared medium."),
        ParameterDeclaration(
            "bytes_per_second", .byteCount,
            "The rate of all packets together, headers included, before they are delayed; at least"
                + " 100 kB."),
        ParameterDeclaration("duplicate", .ratio, "The share of packets that arrive twice."),
        ParameterDeclaration("corrupt", .ratio, "The share of packets with a flipped bit."),
        ParameterDeclaration(
            "reorder", .ratio, "The share of packets that overtake, for they are not delayed."),
        ParameterDeclaration(
            "gap", .integer(1...1_000_000), "Only every so many-th packet may overtake.",
            default: .integer(1)),
        ParameterDeclaration(
            "correlation", .ratio,
            "Refused, because netem's correlation changes the loss itself: use loss with a burst."),
    ]

    init(_ step: FaultStep, seed: UInt64) throws {
        let arguments = step.arguments
        if arguments["correlation"] != nil {
            throw step.problem(
                "netem's correlation does not do what it says: a loss of 20 % with a"
                    + " correlation of 75 % loses 0.16 %, and a delay's does nothing",
                "write 'loss: { rate: 5 %, burst: 4 }' for losses in a row")
        }
        var netem = NetemParameters(
            delay: arguments.duration("delay") ?? .zero,
            jitter: arguments.duration("jitter") ?? .zero,
            distribution: Self.distribution(arguments.string("distribution")),
            loss: try Self.loss(step), duplicate: arguments.ratio("duplicate")?.fraction ?? 0,
            reorder: arguments.ratio("reorder")?.fraction ?? 0,
            reorderGap: UInt32(arguments.integer("gap") ?? 1),
            corrupt: arguments.ratio("corrupt")?.fraction ?? 0, rate: try Self.rate(step),
            slot: try Self.slot(step),
            marksCongestion: arguments.boolean("ecn") ?? false, seed: seed)
        var words: [String] = []
        if let path = arguments.string("round_trips") {
            words.append(try Self.replay(path, step, into: &netem))
        }
        parameters = netem
        self.words = words + Self.words(netem)
        try Self.check(netem, step)
    }

    private static func check(_ netem: NetemParameters, _ step: FaultStep) throws {
        if let objection = netem.objection {
            throw step.problem(objection, "see tc-netem(8)")
        }
        if netem.reorder > 0 && netem.jitter > netem.delay / 4 {
            throw step.problem(
                "the jitter is over a quarter of the delay, so that early packets could not"
                    + " be told from late ones", "use less jitter, or no reorder")
        }
        if netem.duplicate > 0 && netem.corrupt > 0 {
            throw step.problem(
                "a damaged packet cannot be told from a copy of another",
                "use a step for each of duplicate and corrupt")
        }
        if netem.rate != nil, netem.reorder > 0 || netem.slot != nil {
            throw step.problem(
                "packets that overtake or leave together have no rate that could be measured",
                "use a step for each of bytes_per_second and reorder or slot")
        }
        if netem.delay > .seconds(60) {
            throw step.problem("the delay is more than a minute", "use a shorter one")
        }
    }

    /// Not so low that the trial's own packets, 33 kB a second, would be most of it.
    private static func rate(_ step: FaultStep) throws -> NetemRate? {
        guard let bytes = step.arguments.byteCount("bytes_per_second")?.bytes else { return nil }
        guard (100_000...RateArguments.highestRate).contains(bytes) else {
            throw step.problem(
                "the rate is not from 100 kB to 12.5 GB a second",
                "set 'bytes_per_second: 1 MB', or use network.rate for one from 10 kB")
        }
        return NetemRate(bytesPerSecond: UInt64(bytes))
    }

    private static func distribution(_ name: String?) -> DelayDistribution? {
        switch name {
        case "normal": .normal
        case "pareto": .pareto
        case "paretonormal": .paretonormal
        default: nil
        }
    }

    private static func slot(_ step: FaultStep) throws -> NetemSlot? {
        guard let slot = step.arguments.mapping("slot"), let first = slot.duration("from"),
            let last = slot.duration("to")
        else { return nil }
        guard first > .zero, first <= last, last <= .seconds(1) else {
            throw step.problem(
                "slots must be more than nothing and at most a second apart",
                "write 'slot: { from: 10 ms, to: 20 ms }'")
        }
        let packets = slot.integer("packets")
        // Twice what the trial sends alone, or its own queue would grow without end.
        let needed = Int64((2 * last.seconds / PacketFlow.period.seconds).rounded(.up))
        if let packets, packets < needed {
            throw step.problem(
                "so few packets in a slot leave no room for the trial's own",
                "allow at least \(needed)")
        }
        return NetemSlot(.uniform(first...last), packets: Int32(clamping: packets ?? 0))
    }

    private static func states(_ states: Arguments, _ step: FaultStep) throws -> NetemLoss {
        guard step.arguments["loss"] == nil else {
            throw step.problem(
                "'loss' and 'loss_states' both say what is lost", "leave one of them out")
        }
        let share = { (name: String) in states.ratio(name)?.fraction ?? 0 }
        let model = NetemLoss.FourState(
            p13: share("p13"), p31: share("p31"), p32: share("p32"), p14: share("p14"),
            p23: share("p23"))
        guard FourStateChain(model) != nil else {
            throw step.problem(
                "the four states can end in one that is never left",
                "p13 needs a p31, p32 a p23, and p13 + p14 and p31 + p32 are at most 100 %")
        }
        return .fourState(model)
    }

    private static func loss(_ step: FaultStep) throws -> NetemLoss {
        if let states = step.arguments.mapping("loss_states") {
            return try Self.states(states, step)
        }
        guard let bursts = step.arguments.mapping("loss") else {
            return .random(step.arguments.ratio("loss")?.fraction ?? 0)
        }
        let (rate, burst) = (bursts.ratio("rate")?.fraction ?? 0, bursts.number("burst") ?? 1)
        guard let loss = NetemLoss.bursts(rate: rate, burst: burst) else {
            throw step.problem(
                "so much cannot be lost in bursts so short",
                "of every \(burst + 1) packets at most \(burst) can be lost")
        }
        return loss
    }

    /// Reads measured round trips and takes their mean, deviation and shape over.
    private static func replay(
        _ path: String, _ step: FaultStep, into netem: inout NetemParameters
    ) throws -> String {
        guard netem.delay == .zero, netem.jitter == .zero, netem.distribution == nil else {
            throw step.problem(
                "round_trips says the delay, its jitter and its distribution",
                "leave the others out")
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw step.problem("'\(path)' cannot be read", "name a file of round trips")
        }
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let times = lines.compactMap { try? Quantity.duration(String($0)) }
        guard times.count == lines.count,
            let measured = DelayDistribution.compiled(from: times)
        else {
            throw step.problem(
                "'\(path)' has \(times.count) round trips in \(lines.count) lines",
                "write at least 20 that are not all the same, each like '12.5 ms'")
        }
        netem.delay = measured.mean
        netem.jitter = measured.deviation
        netem.distribution = measured.distribution
        return "\(times.count) round trips of \(path), of which \(measured.beyond) are beyond what"
            + " a table can reach"
    }

    private static func words(_ netem: NetemParameters) -> [String] {
        var words: [String] = []
        if netem.delay > .zero {
            words.append("delay \(DurationText(netem.delay)) ± \(DurationText(netem.jitter))")
        }
        let shares = [
            ("loss", ShapeEffects(netem).loss), ("duplicate", netem.duplicate),
            ("corrupt", netem.corrupt), ("reorder", netem.reorder),
        ]
        for (name, share) in shares where share > 0 {
            words.append("\(name) \(ShareInterval.percent(share))")
        }
        if case .gilbertElliott(let model) = netem.loss {
            words.append("\(DurationText.number(1 / model.leaving)) in a row")
        }
        if case .fourState = netem.loss { words.append("by four states") }
        if let rate = netem.rate { words.append("\(rate.bytesPerSecond) bytes a second") }
        if netem.marksCongestion { words.append("marked where the flow knows ECN") }
        if case .uniform(let spacing)? = netem.slot?.spacing {
            words.append(
                "slots every \(DurationText(spacing.lowerBound)) to \(DurationText(spacing.upperBound))"
            )
        }
        return words
    }
}
