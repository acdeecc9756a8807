private import CNetlink

/// The payload of a netem qdisc's TCA_OPTIONS: a `tc_netem_qopt` with attributes behind it.
struct NetemOptions: Equatable {
    var latency: Int64
    var jitter: Int64
    var limit: UInt32
    var loss: UInt32
    var gap: UInt32
    var duplicate: UInt32
    var reorder: UInt32
    var corrupt: UInt32
    var rate: UInt64
    var ecn: UInt32
    var correlations: [UInt32]
    var seed: UInt64?

    /// TCA_NETEM_PRNG_SEED of Linux 6.6, younger than Debian 12's headers.
    private static let seedAttribute = 14

    init(_ parameters: NetemParameters) {
        latency = parameters.delay.inNanoseconds
        jitter = parameters.jitter.inNanoseconds
        limit = parameters.limit
        loss = NetemParameters.probability(parameters.loss)
        duplicate = NetemParameters.probability(parameters.duplicate)
        reorder = NetemParameters.probability(parameters.reorder)
        // With a gap of 0 nothing is ever reordered.
        gap = reorder == 0 ? 0 : 1
        corrupt = NetemParameters.probability(parameters.corrupt)
        rate = parameters.rate ?? 0
        ecn = 0
        correlations = [0, 0, 0]
        seed = parameters.seed
    }

    /// Parses what the kernel dumps; nil when it is cut short.
    init?(_ payload: [UInt8]) {
        let head = payload[...]
        guard let ticks = head.integer(at: 0, as: UInt32.self),
            let limit = head.integer(at: 4, as: UInt32.self),
            let loss = head.integer(at: 8, as: UInt32.self),
            let gap = head.integer(at: 12, as: UInt32.self),
            let duplicate = head.integer(at: 16, as: UInt32.self),
            let jitterTicks = head.integer(at: 20, as: UInt32.self)
        else { return nil }
        let attributes = NetlinkAttributes(head.dropFirst(24))
        func number<Integer: FixedWidthInteger>(
            _ attribute: Int, at offset: Int = 0, as type: Integer.Type
        ) -> Integer? {
            attributes[attribute]?.integer(at: offset, as: type)
        }
        // The 64-bit attributes came with Linux 4.16; a tick is 64 ns.
        latency = number(TCA_NETEM_LATENCY64, as: Int64.self) ?? Int64(ticks) * 64
        jitter = number(TCA_NETEM_JITTER64, as: Int64.self) ?? Int64(jitterTicks) * 64
        (self.limit, self.loss, self.gap, self.duplicate) = (limit, loss, gap, duplicate)
        reorder = number(TCA_NETEM_REORDER, as: UInt32.self) ?? 0
        corrupt = number(TCA_NETEM_CORRUPT, as: UInt32.self) ?? 0
        rate =
            number(TCA_NETEM_RATE64, as: UInt64.self)
            ?? UInt64(number(TCA_NETEM_RATE, as: UInt32.self) ?? 0)
        ecn = number(TCA_NETEM_ECN, as: UInt32.self) ?? 0
        correlations = (0..<3).map { number(TCA_NETEM_CORR, at: $0 * 4, as: UInt32.self) ?? 0 }
        seed = number(Self.seedAttribute, as: UInt64.self)
    }

    /// Appends the options to a message, the 64-bit attributes behind the struct as tc(8) does.
    func append(to message: borrowing NetlinkMessage) throws(KernelError) {
        try message.nest(Int(TCA_OPTIONS)) { message throws(KernelError) in
            // Latency and jitter in ticks are overruled by the attributes in nanoseconds.
            try message.append(
                nativeBytes(UInt32(0), limit, loss, gap, duplicate, UInt32(0)))
            try message.put(
                TCA_NETEM_CORR, nativeBytes(correlations[0], correlations[1], correlations[2]))
            try message.put(TCA_NETEM_REORDER, nativeBytes(reorder, UInt32(0)))
            try message.put(TCA_NETEM_CORRUPT, nativeBytes(corrupt, UInt32(0)))
            let lowRate = UInt32(clamping: rate)
            if rate > UInt64(UInt32.max) { try message.put(TCA_NETEM_RATE64, nativeBytes(rate)) }
            try message.put(
                TCA_NETEM_RATE, nativeBytes(lowRate, Int32(0), UInt32(0), Int32(0)))
            try message.put(TCA_NETEM_ECN, nativeBytes(ecn))
            try message.put(TCA_NETEM_LATENCY64, nativeBytes(latency))
            try message.put(TCA_NETEM_JITTER64, nativeBytes(jitter))
            // struct tc_netem_slot: no slots.
            try message.put(TCA_NETEM_SLOT, Array(repeating: 0, count: 40))
            if let seed { try message.put(Self.seedAttribute, nativeBytes(seed)) }
        }
    }

    /// What differs, one sentence for each parameter.
    func reading(comparedWith asked: NetemOptions) -> NetemReading {
        var differences: [String] = []
        func compare(_ name: String, _ asked: some Equatable, _ found: some Equatable) {
            if "\(asked)" != "\(found)" {
                differences.append("\(name): asked \(asked), found \(found)")
            }
        }
        compare("delay (ns)", asked.latency, latency)
        compare("jitter (ns)", asked.jitter, jitter)
        compare("limit (packets)", asked.limit, limit)
        compare("loss (of 2^32)", asked.loss, loss)
        compare("gap", asked.gap, gap)
        compare("duplicate (of 2^32)", asked.duplicate, duplicate)
        compare("reorder (of 2^32)", asked.reorder, reorder)
        compare("corrupt (of 2^32)", asked.corrupt, corrupt)
        compare("rate (bytes/s)", asked.rate, rate)
        compare("ecn", asked.ecn, ecn)
        compare("correlations", asked.correlations, correlations)
        var notes: [String] = []
        if let wanted = asked.seed {
            if let seed {
                compare("seed", wanted, seed)
            } else {
                notes.append(
                    "this kernel's netem takes no seed (Linux 6.6 does), so that its random "
                        + "choices will be others the next time")
            }
        }
        return NetemReading(differences: differences, notes: notes)
    }
}
