import Testing

@testable import Kernel

/// The tables are written from linux/pkt_sched.h, linux/pkt_cls.h and linux/rtnetlink.h, for a
/// little-endian machine: length and type of each attribute, then its payload.
@Suite("A netlink message")
struct NetemMessageTests {
    @Test("of netem carries every parameter, neutral ones too, byte for byte")
    func netem() throws {
        let parameters = NetemParameters(
            delay: .milliseconds(100), jitter: .milliseconds(10), loss: 0.5, seed: 7)
        let expected: [[UInt8]] = [
            [0xb0, 0, 2, 0x80],  // TCA_OPTIONS, nested, 176 bytes
            [0, 0, 0, 0],  // latency in ticks: see LATENCY64
            [0x60, 0x5b, 3, 0],  // limit 220,000
            [0, 0, 0, 0x80],  // loss: half of 2^32
            zeros(4), zeros(4), zeros(4),  // gap, duplicate, jitter in ticks
            [16, 0, 1, 0], zeros(12),  // CORR
            [12, 0, 3, 0], zeros(8),  // REORDER
            [12, 0, 4, 0], zeros(8),  // CORRUPT
            [20, 0, 6, 0], zeros(16),  // RATE
            [8, 0, 7, 0], zeros(4),  // ECN
            [12, 0, 10, 0], [0x00, 0xe1, 0xf5, 0x05, 0, 0, 0, 0],  // LATENCY64, 1e8 ns
            [12, 0, 11, 0], [0x80, 0x96, 0x98, 0x00, 0, 0, 0, 0],  // JITTER64, 1e7 ns
            [44, 0, 12, 0], zeros(40),  // SLOT
            [12, 0, 14, 0], [7, 0, 0, 0, 0, 0, 0, 0],  // PRNG_SEED
        ]
        let message = try NetlinkMessage(type: 36, flags: 0)
        try NetemOptions(parameters).append(to: message)
        #expect(Array(message.bytes.dropFirst(16)) == expected.flatMap { $0 })
    }

    @Test("of netem with models and tables nests and repeats nothing, byte for byte")
    func models() throws {
        var options = NetemOptions(
            NetemParameters(
                delay: .milliseconds(10), jitter: .milliseconds(1),
                loss: .gilbertElliott(.init(entering: 0.25, leaving: 0.5)), reorder: 1,
                reorderGap: 5,
                rate: NetemRate(
                    bytesPerSecond: 125_000, packetOverhead: -20, cellSize: 48, cellOverhead: 5),
                slot: NetemSlot(
                    .uniform(.milliseconds(5)...(.milliseconds(10))), packets: 3, bytes: 4000),
                marksCongestion: true))
        options.delayTable = [-32767, 8192]
        options.slotTable = [1]
        let expected: [[UInt8]] = [
            [0xd4, 0, 2, 0x80], zeros(4), [204, 0, 0, 0], zeros(4),  // limit 204
            [5, 0, 0, 0], zeros(8),  // gap
            [16, 0, 1, 0], zeros(12),
            [8, 0, 2, 0], [0x01, 0x80, 0x00, 0x20],  // DELAY_DIST, two entries
            [12, 0, 3, 0], [0xff, 0xff, 0xff, 0xff], zeros(4),  // REORDER
            [12, 0, 4, 0], zeros(8),
            [24, 0, 5, 0x80], [20, 0, 2, 0],  // LOSS, in it NETEM_LOSS_GE: p, r, h, k1
            [0, 0, 0, 0x40], [0, 0, 0, 0x80], zeros(8),
            [20, 0, 6, 0], [0x48, 0xe8, 1, 0], [0xec, 0xff, 0xff, 0xff],  // RATE, overhead -20
            [48, 0, 0, 0], [5, 0, 0, 0],
            [8, 0, 7, 0], [1, 0, 0, 0],  // ECN
            [12, 0, 10, 0], [0x80, 0x96, 0x98, 0, 0, 0, 0, 0],
            [12, 0, 11, 0], [0x40, 0x42, 0x0f, 0, 0, 0, 0, 0],
            [44, 0, 12, 0], [0x40, 0x4b, 0x4c, 0, 0, 0, 0, 0],  // SLOT, 5 ms
            [0x80, 0x96, 0x98, 0, 0, 0, 0, 0], [3, 0, 0, 0], [0xa0, 0x0f, 0, 0], zeros(16),
            [6, 0, 13, 0], [1, 0], zeros(2),  // SLOT_DIST, one entry and padding
        ]
        let message = try NetlinkMessage(type: 36, flags: 0)
        try options.append(to: message)
        let bytes = Array(message.bytes.dropFirst(16))
        let wanted = expected.flatMap { $0 }
        #expect(bytes.count == Int(bytes[0]) + Int(bytes[1]) << 8)
        // The length of the whole is what is left to compare.
        #expect(Array(bytes[4...]) == Array(wanted[4...]))
    }

    @Test("of netem has room for two tables of tc's size")
    func tables() throws {
        let parameters = NetemParameters(
            delay: .seconds(1), jitter: .milliseconds(100), distribution: .pareto,
            slot: NetemSlot(
                .distributed(.milliseconds(5), jitter: .milliseconds(1), .normal)))
        let message = try NetlinkMessage(type: 36, flags: 0)
        try NetemOptions(parameters).append(to: message)
        let attributes = NetlinkAttributes(message.bytes.dropFirst(16))
        let options = NetlinkAttributes(try #require(attributes[2]).dropFirst(24))
        #expect(options[2]?.count == 8192)
        #expect(options[13]?.count == 8192)
    }

    @Test("of a rate beyond 32 bits has both rate attributes")
    func rate() throws {
        let message = try NetlinkMessage(type: 36, flags: 0)
        try NetemOptions(NetemParameters(rate: 0x1_0000_0001)).append(to: message)
        let bytes = Array(message.bytes.dropFirst(16 + 4 + 24 + 16 + 12 + 12))
        #expect(Array(bytes[..<12]) == [12, 0, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0])
        #expect(Array(bytes[12..<20]) == [20, 0, 6, 0, 0xff, 0xff, 0xff, 0xff])
    }

    @Test("of a port filter matches TCP to that port only, byte for byte")
    func filter() throws {
        let filters = PacketFilter.filters(
            for: PacketAim(destinationPorts: 8080...8080), interface: 7, parent: 0x4664_0000,
            target: 0x4664_0004, priority: 1)
        #expect(filters.map(\.family) == [.v4, .v6])
        let filter = try #require(filters.first)
        let expected: [[UInt8]] = [
            zeros(4), [7, 0, 0, 0], zeros(4),  // family, interface, handle
            [0, 0, 0x64, 0x46], [8, 0, 1, 0],  // parent, priority 1 and ETH_P_IP
            [8, 0, 1, 0], Array("u32\0".utf8),  // TCA_KIND
            [96, 0, 2, 0x80],  // TCA_OPTIONS, nested
            [8, 0, 1, 0], [4, 0, 0x64, 0x46],  // CLASSID
            [84, 0, 5, 0], [1, 0, 4, 0], zeros(12),  // SEL: terminal, four keys
            [0x0f, 0, 0, 0], [0x05, 0, 0, 0], [0, 0, 0, 0], zeros(4),
            [0, 0, 0x1f, 0xff], zeros(4), [4, 0, 0, 0], zeros(4),
            [0, 0xff, 0, 0], [0, 6, 0, 0], [8, 0, 0, 0], zeros(4),
            [0, 0, 0xff, 0xff], [0, 0, 0x1f, 0x90], [20, 0, 0, 0], zeros(4),
        ]
        let message = try filter.message()
        #expect(Array(message.bytes.dropFirst(16)) == expected.flatMap { $0 })
    }

    @Test("of a port filter for IPv6 comes behind the one for IPv4, byte for byte")
    func filterForIPv6() throws {
        let filter = try #require(
            PacketFilter.filters(
                for: PacketAim(transport: .udp, sourcePorts: 53...53), interface: 7,
                parent: 0x4664_0000, target: 0x4664_0004, priority: 1
            ).last)
        let expected: [[UInt8]] = [
            zeros(4), [7, 0, 0, 0], zeros(4),
            [0, 0, 0x64, 0x46], [0x86, 0xdd, 2, 0],  // parent, priority 2 and ETH_P_IPV6
            [8, 0, 1, 0], Array("u32\0".utf8),
            [64, 0, 2, 0x80],
            [8, 0, 1, 0], [4, 0, 0x64, 0x46],
            [52, 0, 5, 0], [1, 0, 2, 0], zeros(12),  // two keys
            [0, 0, 0xff, 0], [0, 0, 17, 0], [4, 0, 0, 0], zeros(4),  // next header
            [0xff, 0xff, 0, 0], [0, 53, 0, 0], [40, 0, 0, 0], zeros(4),
        ]
        #expect(try Array(filter.message().bytes.dropFirst(16)) == expected.flatMap { $0 })
    }

    @Test("that takes filters out names the qdisc and no filter: all of them go")
    func flush() throws {
        let message = try PacketFilter.flush(interface: 7, parent: 0x4664_0000)
        let expected = [zeros(4), [7, 0, 0, 0], zeros(4), [0, 0, 0x64, 0x46], zeros(4)]
        #expect(Array(message.bytes.dropFirst(16)) == expected.flatMap { $0 })
    }

    @Test("of prio has four bands, and its map leaves the fourth empty")
    func prio() {
        #expect(PortNetem.prioOptions(sheltering: false).count == 20)
        #expect(PortNetem.prioOptions(sheltering: false)[..<4] == [4, 0, 0, 0])
        #expect(PortNetem.prioOptions(sheltering: false)[4...].allSatisfy { $0 < 3 })
    }

    @Test("that does not fit is an error, not a message without the attribute")
    func overflow() throws {
        let message = try NetlinkMessage(type: 36, flags: 0)
        #expect(throws: KernelError.self) { try message.put(1, zeros(40_000)) }
    }

    @Test("of the kernel is read in full or not at all, wherever it is cut")
    func answers() {
        let qdisc = nativeBytes(UInt32(0), Int32(3), UInt32(0x4664_0000), Qdisc.root, UInt32(2))
        let attributes: [UInt8] = [10, 0, 1, 0] + Array("netem\0".utf8) + [0, 0]
        let options: [UInt8] = [8, 0, 2, 0, 1, 2, 3, 4]
        let payload = qdisc + attributes + options
        let parsed = Qdisc(message: payload[...])
        let expected = Qdisc(
            interface: 3, handle: 0x4664_0000, parent: Qdisc.root, kind: "netem",
            options: [1, 2, 3, 4])
        #expect(parsed == expected)
        #expect(parsed?.description == "netem 4664: root")
        for cut in 0..<payload.count {
            let part = Qdisc(message: payload[..<cut])
            #expect(part == nil || part?.options == [])
        }
        let message = nativeBytes(UInt32(20), UInt16(2), UInt16(0), UInt32(9), UInt32(1), Int32(-2))
        guard case .failure(2)? = NetlinkAnswer.parse(message).first?.content else {
            Issue.record("an error answer was not understood")
            return
        }
        for cut in 0..<message.count {
            #expect(NetlinkAnswer.parse(Array(message[..<cut])).isEmpty)
        }
    }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
