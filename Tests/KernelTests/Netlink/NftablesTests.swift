import Glibc
import Testing

@testable import Kernel

/// The tables are written from linux/netfilter/nf_tables.h, for a little-endian machine: length and
/// type of each attribute, then its payload, whose numbers nf_tables has in network byte order.
@Suite("nf_tables")
struct NftablesTests {
    private static let register: [UInt8] = [8, 0, 1, 0, 0, 0, 0, 1]

    @Test("A batch is a begin, a table bound to its owner, a chain, its rules and an end")
    func batch() throws {
        let rule = NftablesRule(
            FlowMatch(transport: .tcp, destinationPorts: 8080...8080), .drop)
        let chain = NftablesChain(name: "in", hook: .input, priority: -1, rules: [rule])
        let batch = try NftablesTable.batch("fd", [chain], NftablesTable.inet)
        let expressions: [[UInt8]] = [
            [36, 0, 1, 0x80], [9, 0, 1, 0], Array("meta\0".utf8), zeros(3),
            [20, 0, 2, 0x80], Self.register, [8, 0, 2, 0, 0, 0, 0, 16],  // L4PROTO
            [44, 0, 1, 0x80], [8, 0, 1, 0], Array("cmp\0".utf8),
            [32, 0, 2, 0x80], Self.register, [8, 0, 2, 0, 0, 0, 0, 0],  // EQ
            [12, 0, 3, 0], [5, 0, 1, 0, 6, 0, 0, 0],  // TCP
            [52, 0, 1, 0x80], [12, 0, 1, 0], Array("payload\0".utf8),
            [36, 0, 2, 0x80], Self.register, [8, 0, 2, 0, 0, 0, 0, 2],  // transport header
            [8, 0, 3, 0, 0, 0, 0, 2], [8, 0, 4, 0, 0, 0, 0, 2],  // 2 bytes at 2
            [44, 0, 1, 0x80], [8, 0, 1, 0], Array("cmp\0".utf8),
            [32, 0, 2, 0x80], Self.register, [8, 0, 2, 0, 0, 0, 0, 0],
            [12, 0, 3, 0], [6, 0, 1, 0, 0x1f, 0x90, 0, 0],  // 8080
            [20, 0, 1, 0x80], [12, 0, 1, 0], Array("counter\0".utf8), [4, 0, 2, 0x80],
            [48, 0, 1, 0x80], [14, 0, 1, 0], Array("immediate\0".utf8), zeros(2),
            [28, 0, 2, 0x80], [8, 0, 1, 0, 0, 0, 0, 0],  // the verdict register
            [16, 0, 2, 0], [12, 0, 2, 0], [8, 0, 1, 0, 0, 0, 0, 0],  // NF_DROP
        ]
        let list = expressions.flatMap { $0 }
        let expected: [[UInt8]] = [
            // NFNL_MSG_BATCH_BEGIN; NLM_F_REQUEST; number 7; subsystem 10
            [20, 0, 0, 0, 16, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 10],
            // NFT_MSG_NEWTABLE; REQUEST, ACK, EXCL, CREATE; inet
            [36, 0, 0, 0, 0, 10, 5, 6, 8, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0],
            [7, 0, 1, 0], Array("fd\0".utf8), zeros(1),
            [8, 0, 2, 0, 0, 0, 0, 2],  // NFT_TABLE_F_OWNER
            // NFT_MSG_NEWCHAIN
            [76, 0, 0, 0, 3, 10, 5, 6, 9, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0],
            [7, 0, 1, 0], Array("fd\0".utf8), zeros(1),
            [7, 0, 3, 0], Array("in\0".utf8), zeros(1),
            [20, 0, 4, 0x80], [8, 0, 1, 0, 0, 0, 0, 1],  // NF_INET_LOCAL_IN
            [8, 0, 2, 0, 255, 255, 255, 255],  // priority
            [8, 0, 5, 0, 0, 0, 0, 1],  // NF_ACCEPT
            [11, 0, 7, 0], Array("filter\0".utf8), zeros(1),
            // NFT_MSG_NEWRULE; REQUEST, ACK, CREATE, APPEND
            nativeBytes(UInt32(16 + 4 + 8 + 8 + 4 + list.count)),
            [6, 10, 5, 0x0c, 10, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0],
            [7, 0, 1, 0], Array("fd\0".utf8), zeros(1),
            [7, 0, 2, 0], Array("in\0".utf8), zeros(1),
            nativeBytes(UInt16(4 + list.count)), [4, 0x80], list,
            // NFNL_MSG_BATCH_END
            [20, 0, 0, 0, 17, 0, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 10],
        ]
        #expect(try batch.datagram(first: 7) == expected.flatMap { $0 })
    }

    @Test("A chain of one interface names it")
    func interfaceChain() throws {
        let chain = NftablesChain(name: "in", hook: .ingress(interface: "lo"), rules: [])
        let bytes = try chain.message(family: NftablesTable.netdev, table: "fd").bytes
        let hook: [[UInt8]] = [
            [28, 0, 4, 0x80], [8, 0, 1, 0, 0, 0, 0, 0], [8, 0, 2, 0, 0, 0, 0, 0],
            [7, 0, 3, 0], Array("lo\0".utf8), zeros(1),
        ]
        #expect(bytes[16] == 5)
        #expect(Array(bytes.dropFirst(36).prefix(28)) == hook.flatMap { $0 })
    }

    @Test(
        "A match becomes the expressions that only its packets pass",
        arguments: [
            (FlowMatch(), []),
            (FlowMatch(incoming: 3), ["meta", "cmp"]),
            (
                FlowMatch(source: AddressRange("10.0.0.1"), destination: AddressRange("127.0.0.1")),
                ["meta", "cmp", "payload", "cmp", "payload", "cmp"]
            ),
            (
                FlowMatch(source: AddressRange("fd00::/8")),
                ["meta", "cmp", "payload", "bitwise", "cmp"]
            ),
            (
                FlowMatch(transport: .udp, sourcePorts: 1...9),
                ["meta", "cmp", "payload", "range"]
            ),
            (
                FlowMatch(transport: .tcp, user: 33, carriesPayload: true),
                ["meta", "cmp", "meta", "cmp", "payload"]
            ),
        ])
    func match(match: FlowMatch, names: [String]) {
        #expect(match.objection == nil)
        #expect(match.expressions.map(\.name) == names)
    }

    @Test(
        "A rule that would not do what it says is refused",
        arguments: [
            NftablesRule(FlowMatch(destinationPorts: 1...2), .drop),
            NftablesRule(FlowMatch(carriesPayload: true), .drop),
            NftablesRule(FlowMatch(transport: .udp), .reset),
            NftablesRule(FlowMatch(), .reset),
            NftablesRule(
                FlowMatch(source: AddressRange("::1"), destination: AddressRange("127.0.0.1")),
                .drop),
        ])
    func refusal(rule: NftablesRule) {
        #expect(rule.objection != nil)
        let chain = NftablesChain(name: "in", hook: .input, rules: [rule])
        let error = #expect(throws: KernelError.self) {
            _ = try NftablesTable(name: "fd-refused", chains: [chain])
        }
        #expect(error.map { if case .refused = $0.reason { true } else { false } } == true)
    }

    @Test("Expressions are read back as they were written, and counters beside them")
    func readBack() throws {
        let rule = NftablesRule(
            FlowMatch(source: AddressRange("10.0.0.0/8"), transport: .tcp, sourcePorts: 5...9),
            .steer(toClass: 0x0001_0004))
        let chain = NftablesChain(name: "out", hook: .output, rules: [rule])
        let bytes = try chain.message(family: NftablesTable.inet, table: "fd", rule: rule).bytes
        var found = NftablesChain.expressions(ofRule: bytes[16...])
        #expect(found == rule.expressions)
        let counter = try #require(found.firstIndex { $0.name == "counter" })
        found[counter].attributes = [
            1: [0, 0, 0, 0, 0, 0, 1, 0], 2: [0, 0, 0, 0, 0, 0, 0, 3],
        ]
        #expect(found[counter].count == PacketCount(packets: 3, bytes: 256))
        #expect(NftablesTable.differences(in: chain, found: [found]) == [])
        found[1].attributes[3] = [5, 0, 1, 0, 7, 0, 0, 0]
        #expect(NftablesTable.differences(in: chain, found: [found]).count == 1)
        #expect(NftablesTable.differences(in: chain, found: []).count == 1)
    }

    private func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
}
