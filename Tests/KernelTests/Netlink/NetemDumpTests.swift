import Testing

@testable import Kernel

@Suite("The parser of netem's options")
struct NetemDumpTests {
    /// What tc of iproute2 6.1 sent as TCA_OPTIONS for these words, taken from strace(1).
    static let recordings: [(words: String, bytes: String, parameters: NetemParameters)] = [
        (
            "delay 100ms 10ms loss gemodel 1% 25% 0% 0% limit 220000",
            "84d71700605b03000000000000000000000000005a6202001800058014000200295c8f02"
                + "00000040ffffffff00000000",
            NetemParameters(
                delay: .milliseconds(100), jitter: .milliseconds(10),
                loss: .gilbertElliott(.init(entering: 0.01, leaving: 0.25, lossInBad: 0)))
        ),
        (
            "delay 100ms 10ms loss state 1% 2% 3% 4% 5% limit 1000",
            "84d71700e80300000000000000000000000000005a6202001c00058018000100295c8f02"
                + "52b81e057b14ae07cdcccc0ca4703d0a",
            NetemParameters(
                delay: .milliseconds(100), jitter: .milliseconds(10),
                loss: .fourState(.init(p13: 0.01, p31: 0.02, p32: 0.03, p14: 0.05, p23: 0.04)))
        ),
        (
            "delay 10ms reorder 25% gap 5 duplicate 1% corrupt 2% rate 1mbit 20 48 5 limit 1000",
            "5a620200e80300000000000005000000295c8f02000000000c0003000000004000000000"
                + "0c00040052b81e05000000001400060048e80100140000003000000005000000",
            NetemParameters(
                delay: .milliseconds(10), duplicate: 0.01, reorder: 0.25, reorderGap: 5,
                corrupt: 0.02,
                rate: NetemRate(
                    bytesPerSecond: 125_000, packetOverhead: 20, cellSize: 48, cellOverhead: 5))
        ),
        (
            "loss 5% ecn limit 1000",
            "00000000e8030000cdcccc0c0000000000000000000000000800070001000000",
            NetemParameters(loss: 0.05, marksCongestion: true)
        ),
        (
            "slot 5ms 10ms packets 3 bytes 4000 limit 1000",
            "00000000e8030000000000000000000000000000000000002c000c00404b4c0000000000"
                + "809698000000000003000000a00f000000000000000000000000000000000000",
            NetemParameters(
                slot: NetemSlot(
                    .uniform(.milliseconds(5)...(.milliseconds(10))), packets: 3, bytes: 4000))
        ),
        (
            "rate 40gbit limit 1000",
            "00000000e8030000000000000000000000000000000000000c00080000f2052a01000000"
                + "14000600ffffffff000000000000000000000000",
            NetemParameters(rate: 5_000_000_000)
        ),
    ]

    @Test("understands what tc sends as what its words mean", arguments: recordings)
    func recorded(words: String, bytes: String, parameters: NetemParameters) throws {
        let payload = stride(from: 0, to: bytes.utf8.count, by: 2).compactMap { index in
            let start = bytes.index(bytes.startIndex, offsetBy: index)
            return UInt8(bytes[start..<bytes.index(start, offsetBy: 2)], radix: 16)
        }
        let found = try #require(NetemOptions(payload))
        var asked = NetemOptions(parameters)
        asked.limit = found.limit
        // tc rounds to ticks of 64 ns.
        asked.latency -= asked.latency % 64
        asked.jitter -= asked.jitter % 64
        #expect(found.reading(comparedWith: asked).differences == [], "\(words)")
    }

    private static var rich: NetemOptions {
        var options = NetemOptions(
            NetemParameters(
                delay: .seconds(1), jitter: .milliseconds(7),
                loss: .gilbertElliott(
                    .init(entering: 0.1, leaving: 0.2, lossInBad: 0.3, lossInGood: 0.4)),
                duplicate: 0.1, reorder: 0.2, reorderGap: 3, corrupt: 0.3,
                rate: NetemRate(
                    bytesPerSecond: 1 << 40, packetOverhead: 1, cellSize: 2, cellOverhead: 3),
                slot: NetemSlot(.uniform(.milliseconds(1)...(.seconds(2))), packets: 4, bytes: 5),
                marksCongestion: true, seed: 6))
        options.correlations = [1, 2, 3, 4, 5]
        options.loss = 7
        return options
    }

    private static func payload(_ options: NetemOptions) throws -> [UInt8] {
        let message = try NetlinkMessage(type: 36, flags: 0)
        try options.append(to: message)
        return Array(try #require(NetlinkAttributes(message.bytes.dropFirst(16))[2]))
    }

    @Test("sees every single bit that comes back otherwise")
    func mutations() throws {
        let asked = Self.rich
        let good = try Self.payload(asked)
        #expect(
            NetemOptions(good)?.reading(comparedWith: asked) == QueueingReading(), "\(asked)")
        // Overruled by 64-bit attributes: the two fields in ticks, and the rate of 32 bits.
        let rateStart = try #require(
            good.indices.first { Array(good[$0...].prefix(4)) == [20, 0, 6, 0] })
        let overruled = Set([0..<4, 20..<24, rateStart + 4..<rateStart + 8].flatMap { $0 })
        for index in good.indices where !overruled.contains(index) {
            for bit in 0..<6 {
                var bytes = good
                bytes[index] ^= 1 << UInt8(bit)
                let reading = NetemOptions(bytes)?.reading(comparedWith: asked)
                #expect(reading != QueueingReading(), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("survives anything, cut anywhere", arguments: [1, 2, 3] as [UInt64])
    func fuzz(seed: UInt64) throws {
        let good = try Self.payload(Self.rich)
        for length in good.indices {
            let cut = NetemOptions(Array(good[..<length]))
            #expect((cut == nil) == (length < 24))
        }
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<next(8) { bytes[next(bytes.count)] = UInt8(next(256)) }
            bytes.removeLast(next(bytes.count))
            let options = NetemOptions(bytes)
            #expect((options == nil) == (bytes.count < 24))
        }
    }
}
