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
            corrupt: arguments.ratio("corrupt")?.fraction ?? 0, seed: seed)
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
        if netem.delay > .seconds(60) {
            throw step.problem("the delay is more than a minute", "use a shorter one")
        }
    }

    private static func distribution(_ name: String?) -> DelayDistribution? {
        switch name {
        case "normal": .normal
        case "pareto": .pareto
        case "paretonormal": .paretonormal
        default: nil
        }
    }

    private static func loss(_ step: FaultStep) throws -> NetemLoss {
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
            ("loss", netem.loss.expectedShare ?? 0), ("duplicate", netem.duplicate),
            ("corrupt", netem.corrupt), ("reorder", netem.reorder),
        ]
        for (name, share) in shares where share > 0 {
            words.append("\(name) \(ShareInterval.percent(share))")
        }
        if case .gilbertElliott(let model) = netem.loss {
            words.append("\(DurationText.number(1 / model.leaving)) in a row")
        }
        return words
    }
}
