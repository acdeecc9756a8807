import Kernel

/// What a four-state loss comes to in the long run, as netem's source walks its states; pure.
///
/// A packet is lost when it finds itself in state 3, within a burst, or enters state 4, alone; from
/// there the next packet goes back to state 1 and is delivered (loss_4state() of sch_netem.c).
struct FourStateChain: Equatable {
    /// The share of packets that are lost.
    let share: Double
    /// How alike neighbours' fates are, 0..<1, as ``ShareInterval`` takes it.
    let correlation: Double

    /// Nil for a chain that can end in a state it never leaves, whose share depends on chance.
    init?(_ model: NetemLoss.FourState) {
        let canEnterBurst = model.p13 > 0
        guard model.p13 + model.p14 <= 1, model.p31 + model.p32 <= 1,
            !canEnterBurst || model.p31 > 0, model.p32 == 0 || model.p23 > 0
        else { return nil }
        // From each state to each; row by row.
        let steps: [[Double]] = [
            [1 - model.p13 - model.p14, 0, model.p13, model.p14],
            [0, 1 - model.p23, model.p23, 0],
            [model.p31, model.p32, 1 - model.p31 - model.p32, 0],
            [1, 0, 0, 0],
        ]
        // The balance of flows between the states, with state 1 as the measure.
        let burst = canEnterBurst ? model.p13 / model.p31 : 0
        let between = model.p32 > 0 ? burst * model.p32 / model.p23 : 0
        let weights = [1, between, burst, model.p14]
        let sum = weights.reduce(0, +)
        let shares = weights.map { $0 / sum }
        share = shares[2] + shares[3]
        correlation = Self.correlation(steps, shares)
    }

    /// Sums how the fate of a packet tells on later ones, until it tells nothing any more.
    private static func correlation(_ steps: [[Double]], _ shares: [Double]) -> Double {
        let lost = shares[2] + shares[3]
        guard lost > 0, lost < 1 else { return 0 }
        var states = [0, 0, shares[2] / lost, shares[3] / lost]
        var memory = 1.0
        for _ in 0..<10_000 {
            states = (0..<4).map { to in
                (0..<4).reduce(0) { $0 + states[$1] * steps[$1][to] }
            }
            let likeness = (states[2] + states[3] - lost) / (1 - lost)
            memory += 2 * likeness
            if abs(likeness) < 1e-9 { break }
        }
        return min(0.999, max(0, (memory - 1) / (memory + 1)))
    }
}
