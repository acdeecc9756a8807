/// Four bytes of a packet, from `offset` behind the start of its IP header, that must have a value.
struct PacketKey: Equatable {
    var mask: UInt32
    var value: UInt32
    var offset: Int32

    init(_ mask: UInt32, _ value: UInt32, _ offset: Int32) {
        self.mask = mask
        self.value = value
        self.offset = offset
    }

    /// The keys of an aim, once for each pair of blocks that its ranges of ports are made of.
    static func alternatives(for aim: PacketAim, family: AddressRange.Family) -> [[PacketKey]] {
        let common = header(aim, family) + addresses(aim, family)
        let ports: Int32 = family == .v4 ? 20 : 40
        return blocks(aim.sourcePorts).flatMap { source in
            blocks(aim.destinationPorts).map { destination in
                let sourceKey = source.map {
                    PacketKey(UInt32($0.mask) << 16, UInt32($0.first) << 16, ports)
                }
                let destinationKey = destination.map {
                    PacketKey(UInt32($0.mask), UInt32($0.first), ports)
                }
                return common + [sourceKey, destinationKey].compactMap { $0 }
            }
        }
    }

    private static func header(
        _ aim: PacketAim, _ family: AddressRange.Family
    ) -> [PacketKey] {
        guard let transport = aim.transport else { return [] }
        let number = UInt32(transport.rawValue)
        guard family == .v4 else { return [PacketKey(0x0000_ff00, number << 8, 4)] }
        let protocolKey = PacketKey(0x00ff_0000, number << 16, 8)
        guard aim.sourcePorts != nil || aim.destinationPorts != nil else { return [protocolKey] }
        return [
            PacketKey(0x0f00_0000, 0x0500_0000, 0),  // no IP options
            PacketKey(0x0000_1fff, 0, 4),  // the first fragment or the only one
            protocolKey,
        ]
    }

    private static func addresses(
        _ aim: PacketAim, _ family: AddressRange.Family
    ) -> [PacketKey] {
        let (source, destination): (Int32, Int32) = family == .v4 ? (12, 16) : (8, 24)
        return keys(aim.source, at: source) + keys(aim.destination, at: destination)
    }

    private static func keys(_ range: AddressRange?, at offset: Int32) -> [PacketKey] {
        guard let range else { return [] }
        return stride(from: 0, to: range.bytes.count, by: 4).compactMap { index in
            let mask = word(range.mask, index)
            return mask == 0
                ? nil : PacketKey(mask, word(range.bytes, index), offset + Int32(index))
        }
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Ports that share their leading bits.
    struct Block: Equatable {
        var first: UInt16
        var mask: UInt16
    }

    /// The fewest blocks that make up a range, at most 30; one nil for no range.
    static func blocks(_ range: ClosedRange<UInt16>?) -> [Block?] {
        guard let range else { return [nil] }
        var blocks: [Block] = []
        var next = UInt32(range.lowerBound)
        let end = UInt32(range.upperBound) + 1
        while next < end {
            var size = next == 0 ? 1 << 16 : next & (~next &+ 1)
            while next + size > end { size /= 2 }
            blocks.append(Block(first: UInt16(next), mask: UInt16(0x1_0000 - size)))
            next += size
        }
        return blocks
    }
}
