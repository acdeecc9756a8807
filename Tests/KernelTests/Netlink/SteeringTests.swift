import Testing

@testable import Kernel

@Suite("Steering of packets into a class")
struct SteeringTests {
    private let place = SteeringPlace(interface: 7, root: 0x4664_0000, target: 0x4664_0004)

    @Test("by nf_tables hooks behind routing and source NAT, byte for byte")
    func chain() throws {
        let message = try NftablesSteering.chain(for: [], to: place)
            .message(family: NftablesTable.inet, table: "fd")
        let expected: [[UInt8]] = [
            [1, 0, 0, 0],  // inet
            [7, 0, 1, 0], Array("fd\0".utf8), zeros(1),
            [13, 0, 3, 0], Array("steering\0".utf8), zeros(3),
            [20, 0, 4, 0x80], [8, 0, 1, 0, 0, 0, 0, 4],  // NF_INET_POST_ROUTING
            [8, 0, 2, 0, 0, 0, 1, 0x90],  // priority 400
            [8, 0, 5, 0, 0, 0, 0, 1],  // NF_ACCEPT
            [11, 0, 7, 0], Array("filter\0".utf8), zeros(1),
        ]
        #expect(Array(message.bytes.dropFirst(16)) == expected.flatMap { $0 })
    }

    @Test("leaves alone first what it has to spare")
    func spared() throws {
        let aim = PacketAim(transport: nil, destination: AddressRange("0.0.0.0/0"))
        let chain = NftablesSteering.chain(for: [aim], sparing: [22], to: place)
        #expect(
            chain.rules.first
                == NftablesRule(
                    FlowMatch(outgoing: 7, transport: .tcp, sourcePorts: 22...22), .pass))
        #expect(chain.rules.last?.action == .steer(toClass: place.target))
        // NF_ACCEPT as a verdict: it ends this chain, and no other.
        let verdict: [UInt8] = [16, 0, 2, 0, 12, 0, 2, 0, 8, 0, 1, 0, 0, 0, 0, 1]
        let bytes = try chain.message(
            family: NftablesTable.inet, table: "fd", rule: try #require(chain.rules.first)
        ).bytes
        #expect(Array(bytes.suffix(verdict.count)) == verdict)
    }

    @Test("by nf_tables matches interface, user and range, then sets the class, byte for byte")
    func rule() throws {
        let aim = PacketAim(
            transport: nil, destination: AddressRange("10.0.0.0/8"), user: 1000)
        let chain = NftablesSteering.chain(for: [aim], to: place)
        let rule = try #require(chain.rules.first)
        let register: [UInt8] = [8, 0, 1, 0, 0, 0, 0, 1]
        let equal = register + [8, 0, 2, 0, 0, 0, 0, 0]
        let meta: [UInt8] = [9, 0, 1, 0] + Array("meta\0".utf8) + zeros(3)
        let compare: [UInt8] = [8, 0, 1, 0] + Array("cmp\0".utf8)
        let expressions: [[UInt8]] = [
            [36, 0, 1, 0x80], meta, [20, 0, 2, 0x80], register, [8, 0, 2, 0, 0, 0, 0, 5],  // OIF
            [44, 0, 1, 0x80], compare, [32, 0, 2, 0x80], equal,
            [12, 0, 3, 0], [8, 0, 1, 0, 7, 0, 0, 0],
            [36, 0, 1, 0x80], meta, [20, 0, 2, 0x80], register,
            [8, 0, 2, 0, 0, 0, 0, 1],  // PROTOCOL
            [44, 0, 1, 0x80], compare, [32, 0, 2, 0x80], equal,
            [12, 0, 3, 0], [6, 0, 1, 0, 8, 0, 0, 0],  // ETH_P_IP
            [52, 0, 1, 0x80], [12, 0, 1, 0], Array("payload\0".utf8),
            [36, 0, 2, 0x80], register, [8, 0, 2, 0, 0, 0, 0, 1],  // network header
            [8, 0, 3, 0, 0, 0, 0, 16], [8, 0, 4, 0, 0, 0, 0, 4],
            [68, 0, 1, 0x80], [12, 0, 1, 0], Array("bitwise\0".utf8),
            [52, 0, 2, 0x80], register, [8, 0, 2, 0, 0, 0, 0, 1], [8, 0, 3, 0, 0, 0, 0, 4],
            [12, 0, 4, 0], [8, 0, 1, 0, 255, 0, 0, 0], [12, 0, 5, 0], [8, 0, 1, 0], zeros(4),
            [44, 0, 1, 0x80], compare, [32, 0, 2, 0x80], equal,
            [12, 0, 3, 0], [8, 0, 1, 0, 10, 0, 0, 0],
            [36, 0, 1, 0x80], meta, [20, 0, 2, 0x80], register, [8, 0, 2, 0, 0, 0, 0, 10],  // SKUID
            [44, 0, 1, 0x80], compare, [32, 0, 2, 0x80], equal,
            [12, 0, 3, 0], [8, 0, 1, 0, 0xe8, 3, 0, 0],
            [20, 0, 1, 0x80], [12, 0, 1, 0], Array("counter\0".utf8), [4, 0, 2, 0x80],
            [44, 0, 1, 0x80], [14, 0, 1, 0], Array("immediate\0".utf8), zeros(2),
            [24, 0, 2, 0x80], register, [12, 0, 2, 0], [8, 0, 1, 0, 4, 0, 0x64, 0x46],
            [36, 0, 1, 0x80], meta, [20, 0, 2, 0x80],
            [8, 0, 2, 0, 0, 0, 0, 2], [8, 0, 3, 0, 0, 0, 0, 1],  // PRIORITY from the register
        ]
        let message = try chain.message(family: NftablesTable.inet, table: "fd", rule: rule)
        let list = expressions.flatMap { $0 }
        // Behind the header, the family, and the names of table and chain.
        let found = Array(message.bytes.dropFirst(16 + 4 + 8 + 16))
        #expect(found == nativeBytes(UInt16(4 + list.count)) + [4, 0x80] + list)
    }

    @Test("by u32 refuses an aim at a user, which by nf_tables can be taken")
    func users() {
        let aim = PacketAim(transport: nil, user: 1000)
        #expect(aim.objection == nil)
        #expect("\(aim)" == "IP of user 1000")
        #expect(FilterSteering().objection(to: aim)?.contains("nf_tables") == true)
        #expect(NftablesSteering(table: "fd").objection(to: aim) == nil)
        let netem = PortNetem(interface: 1, aims: [aim], parameters: NetemParameters())
        #expect { try netem.install(over: QueueingTree()) } throws: { "\($0)".contains("user") }
    }

    @Test("that was never put in is a difference where its life is its own")
    func absence() throws {
        let steering = NftablesSteering(table: "fd")
        #expect(try steering.differences() == ["the table fd was never made"])
        #expect(try steering.counts() == nil)
        steering.unsteer(from: place)
    }
}

private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
