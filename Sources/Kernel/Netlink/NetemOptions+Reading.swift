private import CNetlink

extension NetemOptions {
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
        lossModel = LossModel(attributes[TCA_NETEM_LOSS])
        reorder = number(TCA_NETEM_REORDER, as: UInt32.self) ?? 0
        corrupt = number(TCA_NETEM_CORRUPT, as: UInt32.self) ?? 0
        rate = NetemRate(
            bytesPerSecond: number(TCA_NETEM_RATE64, as: UInt64.self)
                ?? UInt64(number(TCA_NETEM_RATE, as: UInt32.self) ?? 0),
            packetOverhead: number(TCA_NETEM_RATE, at: 4, as: Int32.self) ?? 0,
            cellSize: number(TCA_NETEM_RATE, at: 8, as: UInt32.self) ?? 0,
            cellOverhead: number(TCA_NETEM_RATE, at: 12, as: Int32.self) ?? 0)
        slot = Slot(attributes[TCA_NETEM_SLOT])
        ecn = number(TCA_NETEM_ECN, as: UInt32.self) ?? 0
        correlations =
            (0..<3).map { number(TCA_NETEM_CORR, at: $0 * 4, as: UInt32.self) ?? 0 }
            + [TCA_NETEM_REORDER, TCA_NETEM_CORRUPT].map { number($0, at: 4, as: UInt32.self) ?? 0 }
        seed = number(Self.seedAttribute, as: UInt64.self)
    }

    /// What differs, one sentence for each parameter.
    func reading(comparedWith asked: NetemOptions) -> QueueingReading {
        var reading = QueueingReading()
        func compare<Value: Equatable>(_ name: String, _ value: (NetemOptions) -> Value) {
            let (wanted, found) = (value(asked), value(self))
            if wanted != found {
                reading.differences.append("\(name): asked \(wanted), found \(found)")
            }
        }
        compare("delay (ns)", \.latency)
        compare("jitter (ns)", \.jitter)
        compare("limit (packets)", \.limit)
        compare("loss (of 2^32)", \.loss)
        compare("loss model") { $0.lossModel?.description ?? "none" }
        compare("gap", \.gap)
        compare("duplicate (of 2^32)", \.duplicate)
        compare("reorder (of 2^32)", \.reorder)
        compare("corrupt (of 2^32)", \.corrupt)
        compare("rate (bytes/s)", \.rate.bytesPerSecond)
        compare("packet overhead", \.rate.packetOverhead)
        compare("cell size", \.rate.cellSize)
        compare("cell overhead", \.rate.cellOverhead)
        compare("slot", \.slot.description)
        compare("ecn", \.ecn)
        compare("correlations", \.correlations)
        if asked.seed != nil, seed != nil { compare("seed") { $0.seed ?? 0 } }
        reading.notes = notes(on: asked)
        return reading
    }

    private func notes(on asked: NetemOptions) -> [String] {
        var notes: [String] = []
        if asked.seed != nil, seed == nil {
            notes.append(
                "this kernel's netem takes no seed (Linux 6.6 does), so that its random choices"
                    + " will be others the next time")
        }
        if asked.delayTable != nil || asked.slotTable != nil {
            notes.append(
                "the kernel does not list distributions: only the measured effect shows them")
        }
        return notes
    }
}

extension NetemOptions.LossModel: CustomStringConvertible {
    /// Parses TCA_NETEM_LOSS; nil where there is none, or one that is cut short.
    fileprivate init?(_ payload: ArraySlice<UInt8>?) {
        guard let payload else { return nil }
        let models = NetlinkAttributes(payload)
        for (attribute, count) in [(Self.fourState, 5), (Self.gilbertElliott, 4)] {
            guard let bytes = models[attribute] else { continue }
            let numbers = (0..<count).compactMap { bytes.integer(at: $0 * 4, as: UInt32.self) }
            guard numbers.count == count else { return nil }
            self.init(attribute: attribute, numbers: numbers)
            return
        }
        return nil
    }

    var description: String {
        (attribute == Self.fourState ? "four states" : "Gilbert-Elliott")
            + " (of 2^32) \(numbers.map(String.init).joined(separator: " "))"
    }
}

extension NetemOptions.Slot: CustomStringConvertible {
    /// Parses TCA_NETEM_SLOT; what is cut off is taken as 0.
    fileprivate init(_ payload: ArraySlice<UInt8>?) {
        guard let payload else { return }
        minimum = payload.integer(at: 0, as: Int64.self) ?? 0
        maximum = payload.integer(at: 8, as: Int64.self) ?? 0
        packets = payload.integer(at: 16, as: Int32.self) ?? 0
        bytes = payload.integer(at: 20, as: Int32.self) ?? 0
        delay = payload.integer(at: 24, as: Int64.self) ?? 0
        jitter = payload.integer(at: 32, as: Int64.self) ?? 0
    }

    var description: String {
        "\(minimum) to \(maximum) ns or \(delay) ± \(jitter) ns, \(packets) packets, \(bytes) bytes"
    }
}
