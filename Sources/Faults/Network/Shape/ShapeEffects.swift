import Kernel
import Playbooks

/// What a netem does to a flow of packets that come one by one, as numbers that can be measured.
struct ShapeEffects: Equatable {
    /// How much later a packet arrives on average.
    var delay: Duration
    /// How far a packet's delay may be from the average because of slots alone.
    var slotSpread: Duration
    /// The share that the loss alone takes, before copies and damage.
    var loss: Double
    /// The share of which no undamaged copy arrives.
    var missing: Double
    /// How many are lost in a row on average; nil where each is lost by itself.
    var burst: Double?
    /// Copies beyond the first, for each packet sent.
    var extra: Double
    /// The share that is sent at once instead of late.
    var early: Double
    /// How alike neighbours' fates are, 0..<1.
    var correlation: Double

    init(_ parameters: NetemParameters) {
        let chain: FourStateChain? =
            if case .fourState(let model) = parameters.loss { FourStateChain(model) } else { nil }
        loss = chain?.share ?? parameters.loss.expectedShare ?? 0
        let duplicate = parameters.duplicate
        (delay, slotSpread) = (parameters.delay, .zero)
        if case .uniform(let spacing)? = parameters.slot?.spacing {
            // A packet comes at any moment of the wait for the next slot: E(s^2) / 2 E(s).
            let (first, last) = (spacing.lowerBound.seconds, spacing.upperBound.seconds)
            let square = (first * first + first * last + last * last) / 3
            delay += .seconds(square / (first + last))
            slotSpread = spacing.upperBound / 2
        }
        // A doubled packet that meets a loss arrives once, and its copy may be lost by itself.
        missing = loss * (1 - duplicate)
        extra = duplicate * (1 - loss) * (1 - loss)
        missing = 1 - (1 - missing) * (1 - parameters.corrupt)
        let reorder = parameters.reorder
        // The first packets of each gap are late for certain.
        early = reorder == 0 ? 0 : 1 / (Double(parameters.reorderGap) - 1 + 1 / reorder)
        correlation = chain?.correlation ?? 0
        if case .gilbertElliott(let model) = parameters.loss {
            burst = 1 / model.leaving
            correlation = min(0.999, max(0, 1 - model.entering - model.leaving))
        }
    }

    /// How many packets it takes to see each effect at least `events` times.
    func packets(toSee events: Double) -> Double {
        let shares = [missing / (burst ?? 1), extra, early].filter { $0 > 0 }
        return shares.map { events / $0 }.max() ?? events
    }
}
