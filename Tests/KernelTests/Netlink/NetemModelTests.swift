import Testing

@testable import Kernel

@Suite("netem's models")
struct NetemModelTests {
    @Test(
        "of bursts lose what was asked, as many in a row as was asked",
        arguments: [(0.05, 4.0), (0.01, 1), (0.2, 10), (0.5, 3), (0.9, 10)])
    func bursts(rate: Double, burst: Double) throws {
        let model = try #require(NetemLoss.bursts(rate: rate, burst: burst))
        #expect(abs(try #require(model.expectedShare) - rate) < 1e-12)
        guard case .gilbertElliott(let chain) = model else {
            Issue.record("bursts are not a Gilbert-Elliott model")
            return
        }
        // The kernel's steps, with its order: the state changes first, then the old one decides.
        var state: UInt64 = 1
        func draw() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        var isBad = false
        var (lost, runs, wasLost) = (0, 0, false)
        let packets = 400_000
        for _ in 0..<packets {
            let isLost = draw() < (isBad ? chain.lossInBad : chain.lossInGood)
            if draw() < (isBad ? chain.leaving : chain.entering) { isBad.toggle() }
            if isLost && !wasLost { runs += 1 }
            lost += isLost ? 1 : 0
            wasLost = isLost
        }
        #expect(abs(Double(lost) / Double(packets) / rate - 1) < 0.1)
        #expect(abs(Double(lost) / Double(runs) / burst - 1) < (burst == 1 ? 0.3 : 0.15))
    }

    @Test(
        "of bursts that cannot be are none",
        arguments: [(1.0, 4.0), (-0.1, 4), (0.5, 0.5), (0.9, 1), (0.5, .infinity), (.nan, 2)])
    func noBursts(rate: Double, burst: Double) {
        #expect(NetemLoss.bursts(rate: rate, burst: burst) == nil)
    }

    @Test("of a delay are the tables that tc has: entries copied from iproute2 6.1")
    func tables() {
        // Not at the very ends, where tc has the normal law by an approximation.
        let places = [64, 512, 1024, 2048, 3072, 3584, 4000]
        let tables: [(DelayDistribution, [Int], Int)] = [
            (.normal, [-17638, -9423, -5525, 0, 5526, 9424, 16285], 10),
            (.pareto, [-5404, -4964, -4362, -2622, 955, 5461, 21783], 0),
            (.paretonormal, [-8462, -6078, -4652, -1966, 2097, 6451, 20408], 10),
        ]
        for (table, expected, tolerance) in tables {
            #expect(table.entries.count == 4096)
            #expect(zip(table.entries, table.entries.dropFirst()).allSatisfy { $0 <= $1 })
            for (place, entry) in zip(places, expected) {
                #expect(abs(Int(table.entries[place]) - entry) <= tolerance, "entry \(place)")
            }
        }
        #expect(DelayDistribution.normal.entries[2048] == 0)
        #expect(DelayDistribution.normal.entries.first == -32767)
        #expect(DelayDistribution.pareto.entries.last == 32767)
    }

    @Test("compiled from measured times have their mean, deviation and quantiles")
    func compiled() throws {
        // Nine in ten take 10 to 11 ms, one in ten 50 ms.
        let times = (0..<1000).map { index in
            index % 10 == 0 ? Duration.milliseconds(50) : .microseconds(10_000 + index)
        }
        let measured = try #require(DelayDistribution.compiled(from: times))
        let sorted = times.sorted()
        let entries = measured.distribution.entries
        let delay = { (entry: Int16) in measured.mean + measured.deviation * Double(entry) / 8192 }
        for share in [0.05, 0.25, 0.5, 0.75, 0.85, 0.95] {
            let drawn = delay(entries[Int(share * 4096)])
            let wanted = sorted[Int(share * 1000)]
            #expect(drawn - wanted < .microseconds(20) && wanted - drawn < .microseconds(20))
        }
        let mean = entries.map { Double($0) }.reduce(0, +) / 4096 / 8192
        #expect(abs(mean) < 0.002)
        #expect(measured.beyond == 0)
    }

    @Test("are not compiled from too few times, or from a constant")
    func notCompiled() {
        #expect(DelayDistribution.compiled(from: []) == nil)
        #expect(
            DelayDistribution.compiled(from: (0..<19).map { .milliseconds($0) }) == nil)
        #expect(
            DelayDistribution.compiled(from: Array(repeating: .seconds(1), count: 99)) == nil)
    }

    @Test("count the measured times that no table can reach")
    func beyond() throws {
        let times = Array(repeating: Duration.milliseconds(1), count: 999) + [.seconds(9)]
        let measured = try #require(DelayDistribution.compiled(from: times))
        #expect(measured.beyond == 1)
        #expect(measured.distribution.entries.max() == 32767)
    }
}
