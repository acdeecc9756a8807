private import CNetlink

/// The payload of a netem qdisc's TCA_OPTIONS: a `tc_netem_qopt` with attributes behind it.
///
/// Shares are of 2^32 - 1 and times in nanoseconds, as the kernel keeps them.
struct NetemOptions: Equatable {
    var latency: Int64
    var jitter: Int64
    var limit: UInt32
    var loss: UInt32
    var lossModel: LossModel?
    var gap: UInt32
    var duplicate: UInt32
    var reorder: UInt32
    var corrupt: UInt32
    var rate: NetemRate
    var slot: Slot
    var ecn: UInt32
    /// Of delay, loss, duplicate, reorder and corrupt: all 0, and sent.
    var correlations: [UInt32]
    var seed: UInt64?
    /// Sent, but never listed by the kernel.
    var delayTable: [Int16]?
    var slotTable: [Int16]?

    /// A model inside of TCA_NETEM_LOSS, by its attribute (NETEM_LOSS_GI, NETEM_LOSS_GE).
    struct LossModel: Equatable {
        static let fourState = 1
        static let gilbertElliott = 2

        var attribute: Int
        var numbers: [UInt32]
    }

    /// A `tc_netem_slot`.
    struct Slot: Equatable {
        var minimum: Int64 = 0
        var maximum: Int64 = 0
        var packets: Int32 = 0
        var bytes: Int32 = 0
        var delay: Int64 = 0
        var jitter: Int64 = 0
    }

    /// TCA_NETEM_PRNG_SEED of Linux 6.6, younger than Debian 12's headers.
    static let seedAttribute = 14

    init(_ parameters: NetemParameters) {
        latency = parameters.delay.inNanoseconds
        jitter = parameters.jitter.inNanoseconds
        limit = parameters.limit
        (loss, lossModel) = Self.loss(parameters.loss)
        duplicate = NetemParameters.probability(parameters.duplicate)
        reorder = NetemParameters.probability(parameters.reorder)
        // A gap without reordering would reorder all: see "compatibility" in sch_netem.c.
        gap = reorder == 0 ? 0 : parameters.reorderGap
        corrupt = NetemParameters.probability(parameters.corrupt)
        rate = parameters.rate ?? NetemRate(bytesPerSecond: 0)
        slot = Slot(parameters.slot)
        ecn = parameters.marksCongestion ? 1 : 0
        correlations = Array(repeating: 0, count: 5)
        seed = parameters.seed
        delayTable = parameters.distribution?.entries
        if case .distributed(_, _, let distribution) = parameters.slot?.spacing {
            slotTable = distribution.entries
        }
    }

    private static func loss(_ loss: NetemLoss) -> (UInt32, LossModel?) {
        let probability = NetemParameters.probability
        switch loss {
        case .random(let share): return (probability(share), nil)
        case .gilbertElliott(let model):
            // The third number is h, the share that arrives in the bad state.
            let numbers = [
                model.entering, model.leaving, 1 - model.lossInBad, model.lossInGood,
            ]
            return (
                0, LossModel(attribute: LossModel.gilbertElliott, numbers: numbers.map(probability))
            )
        case .fourState(let model):
            let numbers = [model.p13, model.p31, model.p32, model.p14, model.p23]
            return (0, LossModel(attribute: LossModel.fourState, numbers: numbers.map(probability)))
        }
    }

    /// Appends the options to a message, the 64-bit attributes behind the struct as tc(8) does.
    func append(to message: borrowing NetlinkMessage) throws(KernelError) {
        try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
            // Latency and jitter in ticks are overruled by the attributes in nanoseconds.
            try message.append(
                nativeBytes(UInt32(0), limit, loss, gap, duplicate, UInt32(0)))
            try message.put(
                TCA_NETEM_CORR, nativeBytes(correlations[0], correlations[1], correlations[2]))
            if let delayTable {
                try message.put(TCA_NETEM_DELAY_DIST, delayTable.flatMap { nativeBytes($0) })
            }
            try message.put(TCA_NETEM_REORDER, nativeBytes(reorder, correlations[3]))
            try message.put(TCA_NETEM_CORRUPT, nativeBytes(corrupt, correlations[4]))
            // The kernel takes an absent model as none, and no other attribute says so.
            if let lossModel {
                try message.nest(TCA_NETEM_LOSS) { message throws(KernelError) in
                    try message.put(
                        lossModel.attribute, lossModel.numbers.flatMap { nativeBytes($0) })
                }
            }
            try appendRate(to: message)
            try message.put(TCA_NETEM_ECN, nativeBytes(ecn))
            try message.put(TCA_NETEM_LATENCY64, nativeBytes(latency))
            try message.put(TCA_NETEM_JITTER64, nativeBytes(jitter))
            try message.put(
                TCA_NETEM_SLOT,
                nativeBytes(
                    slot.minimum, slot.maximum, slot.packets, slot.bytes, slot.delay, slot.jitter))
            if let slotTable {
                try message.put(TCA_NETEM_SLOT_DIST, slotTable.flatMap { nativeBytes($0) })
            }
            if let seed { try message.put(Self.seedAttribute, nativeBytes(seed)) }
        }
    }

    private func appendRate(to message: borrowing NetlinkMessage) throws(KernelError) {
        if rate.bytesPerSecond > UInt64(UInt32.max) {
            try message.put(TCA_NETEM_RATE64, nativeBytes(rate.bytesPerSecond))
        }
        try message.put(
            TCA_NETEM_RATE,
            nativeBytes(
                UInt32(clamping: rate.bytesPerSecond), rate.packetOverhead, rate.cellSize,
                rate.cellOverhead))
    }
}

extension NetemOptions.Slot {
    init(_ slot: NetemSlot?) {
        guard let slot else { return }
        packets = slot.packets
        bytes = slot.bytes
        switch slot.spacing {
        case .uniform(let range):
            minimum = range.lowerBound.inNanoseconds
            maximum = range.upperBound.inNanoseconds
        case .distributed(let delay, let jitter, _):
            self.delay = delay.inNanoseconds
            self.jitter = jitter.inNanoseconds
        }
    }
}
