import Testing

@testable import Kernel

@Suite("An aim at packets")
struct PacketAimTests {
    @Test(
        "reads addresses with and without a prefix, and nothing else",
        arguments: [
            ("127.0.0.1", "127.0.0.1", 32), ("10.1.2.3/8", "10.0.0.0/8", 8),
            ("0.0.0.0/0", "0.0.0.0/0", 0), ("::1", "::1", 128), ("fe80::1/10", "fe80::/10", 10),
            ("", nil, 0), ("10.0.0.0/33", nil, 0), ("10.0.0.0/", nil, 0), ("10.0.0/8", nil, 0),
            ("::1/129", nil, 0), ("10.0.0.0/8/8", nil, 0), ("localhost", nil, 0),
        ] as [(String, String?, Int)])
    func addresses(text: String, expected: String?, prefix: Int) {
        let range = AddressRange(text)
        #expect(range?.description == expected)
        #expect(range?.prefixLength ?? 0 == prefix)
    }

    @Test("splits a range of ports into the fewest blocks, and no port is missing or added")
    func blocks() {
        var seed: UInt64 = 7
        func port() -> UInt16 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt16(truncatingIfNeeded: seed >> 40)
        }
        let edges: [ClosedRange<UInt16>] = [
            0...65535, 1...65535, 0...0, 65535...65535, 1...65534, 8080...8080, 8000...8999,
        ]
        let others = (0..<50).map { _ in
            let (one, other) = (port(), port())
            return min(one, other)...max(one, other)
        }
        for range in edges + others {
            let blocks = PacketKey.blocks(range).compactMap { $0 }
            let ports = blocks.flatMap { block in
                let size = 0x1_0000 - Int(block.mask)
                return Int(block.first)..<Int(block.first) + size
            }
            #expect(ports == Array(Int(range.lowerBound)...Int(range.upperBound)), "\(range)")
            #expect(blocks.count <= 30)
        }
        #expect(PacketKey.blocks(0...65535) == [PacketKey.Block(first: 0, mask: 0)])
        #expect(PacketKey.blocks(nil) == [nil])
    }

    private let link = PacketAim(
        source: AddressRange("127.70.0.1"), destination: AddressRange("127.0.0.1"),
        destinationPorts: 8000...8001)

    @Test("hits the packets that it names and no others")
    func hits() {
        let hit = Packet(source: [127, 70, 0, 1], destination: [127, 0, 0, 1], ports: (9, 8001))
        #expect(hit.isHit(by: link))
        let misses: [(inout Packet) -> Void] = [
            { $0.source = [127, 70, 0, 2] }, { $0.destination = [127, 0, 0, 2] },
            { $0.ports = (8001, 8002) }, { $0.ports = (8001, 7999) }, { $0.transport = 17 },
            { $0.fragmentOffset = 1 }, { $0.hasOptions = true },
        ]
        for change in misses {
            var packet = hit
            change(&packet)
            #expect(!packet.isHit(by: link), "\(packet)")
        }
        var udp = link
        udp.transport = .udp
        #expect(!hit.isHit(by: udp))
    }

    @Test("hits packets of IPv6 by address, range and port")
    func version6() throws {
        let address: [UInt8] = [0xfd, 0, 0, 7] + Array(repeating: 0, count: 11) + [9]
        let loopback: [UInt8] = Array(repeating: 0, count: 15) + [1]
        let packet = Packet(source: address, destination: loopback, ports: (80, 5))
        let range = try #require(AddressRange("fd00:7::/32"))
        #expect(packet.isHit(by: PacketAim(source: range, sourcePorts: 80...90)))
        #expect(packet.isHit(by: PacketAim(destination: AddressRange("::1"))))
        #expect(packet.isHit(by: PacketAim(transport: nil, destination: AddressRange("::1"))))
        #expect(!packet.isHit(by: PacketAim(source: AddressRange("fd00:8::/32"))))
        #expect(!packet.isHit(by: PacketAim(source: range, sourcePorts: 81...90)))
        #expect(!packet.isHit(by: PacketAim(source: AddressRange("127.0.0.1"))))
        #expect(!packet.isHit(by: PacketAim(transport: .udp, source: range)))
    }

    @Test("says what it hits, and why it can hit nothing or would hit everything")
    func words() {
        #expect("\(link)" == "TCP from 127.70.0.1 to 127.0.0.1 ports 8000-8001")
        #expect("\(PacketAim(transport: .udp, sourcePorts: 53...53))" == "UDP from port 53")
        #expect(link.objection == nil)
        #expect(PacketAim().objection?.contains("everything") == true)
        #expect(
            PacketAim(transport: nil, destinationPorts: 1...1).objection?.contains("UDP") == true)
        let mixed = PacketAim(source: AddressRange("::1"), destination: AddressRange("10.0.0.1"))
        #expect(mixed.objection?.contains("IPv6") == true)
        #expect(mixed.families.isEmpty)
    }
}

/// A packet with no payload.
private struct Packet {
    var source: [UInt8]
    var destination: [UInt8]
    var ports: (UInt16, UInt16)
    var transport: UInt8 = 6
    var fragmentOffset: UInt8 = 0
    var hasOptions = false

    private var family: AddressRange.Family { source.count == 4 ? .v4 : .v6 }

    /// The headers as they are on the wire (RFC 791, RFC 8200).
    private var bytes: [UInt8] {
        let ends = [ports.0, ports.1].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        if family == .v6 {
            return [0x60, 0, 0, 0, 0, 20, transport, 64] + source + destination + ends
        }
        let length: UInt8 = hasOptions ? 6 : 5
        return [0x40 | length, 0, 0, 40, 1, 2, 0x40, fragmentOffset, 64, transport, 0, 0]
            + source + destination + (hasOptions ? [1, 1, 1, 0] : []) + ends
    }

    /// Does what the kernel's u32 does.
    func isHit(by aim: PacketAim) -> Bool {
        let bytes = bytes
        let filters = PacketFilter.filters(
            for: aim, interface: 1, parent: 1, target: 2, priority: 1)
        return filters.contains { filter in
            filter.family == family
                && filter.keys.allSatisfy { key in
                    let word = bytes.dropFirst(Int(key.offset)).prefix(4)
                        .reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                    return word & key.mask == key.value
                }
        }
    }
}
