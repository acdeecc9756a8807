import FoundationEssentials
import Testing

@testable import Kernel

@Suite("The queueing of an interface")
struct QueueingTreeTests {
    private static func object(
        _ kind: String, _ handle: UInt32, _ parent: UInt32, options: [UInt8]? = nil,
        info: UInt32 = 0
    ) -> TrafficControlObject {
        // TCA_KIND and TCA_OPTIONS.
        let kind = (1, Array(kind.utf8) + [0])
        return TrafficControlObject(
            handle: handle, parent: parent, info: info,
            attributes: NetlinkAttributes.bytes([kind] + (options.map { [(2, $0)] } ?? [])))
    }

    private let tree = QueueingTree(
        qdiscs: [
            object("htb", 0x1_0000, Qdisc.root, options: []),
            object("pfifo", 0x10_0000, 0x1_0010, options: [7, 0, 0, 0]),
        ],
        classes: [
            object("htb", 0x1_0001, 0x1_0010), object("htb", 0x1_0010, Qdisc.root),
            object("htb", 0x1_0002, 0x1_0001),
        ],
        filters: [
            object("u32", 0, 0x1_0000, info: 5 << 16),
            object("u32", 0x8010_0000, 0x1_0000, options: [8, 0, 4, 0, 1, 0, 0, 0], info: 5 << 16),
            object("fw", 0, 0x1_0000, info: 6 << 16),
            object("u32", 0, 0x1_0000, info: 7 << 16),
            object("u32", 0x8000_0000, 0x1_0000, options: [8, 0, 4, 0, 1, 0, 0, 0], info: 7 << 16),
            object("u32", 0x8000_0800, 0x1_0000, options: [], info: 7 << 16),
        ])

    @Test("is made again parents first, filters last, u32's in the order of their tables")
    func order() {
        let requests = tree.requests(rootParent: 0x4664_0001)
        #expect(
            requests.map(\.description) == [
                "htb 1: parent 4664:1", "htb 1:10 parent 1:", "htb 1:1 parent 1:10",
                "htb 1:2 parent 1:1", "pfifo 10: parent 1:10", "fw 0: parent 1:",
                "u32 8000:800 parent 1:",
            ])
        #expect(requests[5].info == 6 << 16)
        #expect(requests[4].attributes == [8, 0, 2, 0, 7, 0, 0, 0])
        let defaults = QueueingTree(qdiscs: [Self.object("mq", 0, Qdisc.root)])
        #expect(defaults.isDefault && defaults.requests().isEmpty)
    }

    @Test("is in an undo record as it is")
    func coding() throws {
        let data = try JSONEncoder().encode(tree)
        #expect(try JSONDecoder().decode(QueueingTree.self, from: data) == tree)
        #expect(data.count < 12 * tree.size)
        for text in ["1 2 3", "1 2 3 0", "1 2 3 zz", "g 2 3 00", "1 2 3 00 4"] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(TrafficControlObject.self, from: Data("\"\(text)\"".utf8))
            }
        }
    }

    @Test("differs in what is missing, new, changed, or in another place")
    func differences() {
        #expect(tree.differences(from: tree) == [])
        var other = tree
        other.classes.removeFirst()
        other.qdiscs[1].attributes += [4, 0, 9, 0]
        other.qdiscs.append(Self.object("tbf", 0x20_0000, 0x1_0002))
        other.filters.swapAt(2, 3)
        #expect(
            other.differences(from: tree) == [
                "qdisc pfifo 10: parent 1:10 is another one", "qdisc tbf 20: parent 1:2 is new",
                "class htb 1:1 parent 1:10 is missing", "the filters stand in another order",
            ])
    }

    @Test("a part of it is one that is being put back")
    func part() {
        var part = tree
        part.filters.removeLast(3)
        part.classes[0].attributes += [4, 0, 9, 0]
        #expect(part.isPart(of: tree))
        part.filters.append(Self.object("u32", 0, 0x1_0000, info: 9 << 16))
        #expect(!part.isPart(of: tree))
    }

    @Test(
        "codel's times are asked for so that they are listed again",
        arguments: [0, 1, 4999, 5000, 99_999, 100_000, 1_000_000, 4_000_000] as [UInt32])
    func codel(asked: UInt32) {
        // As codel_change and codel_dump reckon.
        let listed = { (asked: UInt32) in UInt32((UInt64(asked) * 1000 / 1024) * 1024 / 1000) }
        let again = TreeOptions.microseconds(listedAs: listed(asked))
        #expect(listed(again) == listed(asked))
    }

    @Test(
        "tbf gets back the burst that it does not list",
        arguments: [
            (125_000, 1600), (125_000, 1), (10_000, 65_536), (1_000_000, 123_457),
            (15_000_000, 2_000_000), (125_000_000, 1607),
        ] as [(UInt64, UInt64)])
    func burst(rate: UInt64, burst: UInt64) {
        let ticks = UInt32(burst * 1_000_000_000 / rate / 64)
        let specification: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0] + nativeBytes(UInt32(rate))
        let parameters =
            specification + Array(repeating: 0, count: 12)
            + nativeBytes(UInt32(9000), ticks, UInt32(0))
        // TCA_TBF_PARMS and TCA_TBF_BURST.
        let listed = NetlinkAttributes.bytes([(1, parameters)])
        let asked = TreeOptions(.qdisc, "tbf").forRequest(listed[...])
        #expect(asked == listed + NetlinkAttributes.bytes([(6, nativeBytes(UInt32(burst)))]))
    }

    @Test("counters among the options are no part of it")
    func counters() {
        let counted = nativeBytes(UInt32(0x30011), UInt32(10), UInt32(2), UInt32(0), UInt32(99))
        let still = nativeBytes(UInt32(0x30011), UInt32(10), UInt32(2), UInt32(0), UInt32(0))
        let options = TreeOptions(.qdisc, "htb")
        let kept = options.withoutCounts(NetlinkAttributes.bytes([(2, counted)])[...])
        #expect(kept == NetlinkAttributes.bytes([(2, still)]))
        let asked = options.forRequest(kept[...])
        #expect(asked[4...].integer(at: 0, as: UInt32.self) == 3)
    }

    @Test(
        "kinds that do not say all of themselves are objected to",
        arguments: [
            (TrafficControlObject.Category.qdisc, "netem"), (.qdisc, "red"), (.qdisc, "cake"),
            (.trafficClass, "hfsc"), (.filter, "bpf"), (.filter, "flower"),
        ])
    func objections(category: TrafficControlObject.Category, kind: String) {
        #expect(TreeOptions(category, kind).objection(nil)?.contains("does not list") == true)
        #expect(TreeOptions(.qdisc, "tbf").objection(nil) == nil)
    }
}
