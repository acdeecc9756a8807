import Kernel
import Testing

/// What netem does to packets, measured.
///
/// Shares are held to five standard deviations, which chance exceeds once in two million runs; times
/// to what netem cannot undercut, and to much slack above.
@Suite("The effect of netem on packets", .serialized, .timeLimit(.minutes(5)))
struct NetemEffectTests {
    init() throws { try Machine.require() }

    /// Sends datagrams through netem and returns those that arrived.
    private func arrivals(
        of count: Int, through parameters: NetemParameters, size: Int = 64,
        knowsCongestion: Bool = false
    ) throws -> [DatagramFlow.Arrival] {
        let flow = try DatagramFlow(size: size, knowsCongestion: knowsCongestion)
        let netem = PortNetem(
            interface: try NetworkInterface.index(of: "lo"),
            aims: [PacketAim(transport: .udp, destinationPorts: flow.port...flow.port)],
            parameters: parameters)
        let before = try netem.snapshot()
        try netem.install()
        #expect(try netem.readBack().differences == [])
        let arrivals = try flow.exchange(
            count, quiet: parameters.longestDelay + .milliseconds(500))
        #expect(try #require(try netem.statistics()).queued == 0)
        try netem.remove()
        #expect(try netem.snapshot() == before)
        return arrivals
    }

    /// The transit times of 1000 datagrams, from a run in which the machine looked in time.
    private func transits(through parameters: NetemParameters) throws -> [Duration] {
        for _ in 0..<8 {
            let arrived = try arrivals(of: 1000, through: parameters)
            #expect(arrived.count == 1000)
            let late = arrived.count { $0.slack > .milliseconds(40) }
            if late <= 10 { return arrived.map(\.transit) }
            print("\(late) of \(arrived.count) datagrams were taken late: once more")
        }
        throw Unsettled()
    }

    /// The machine never ran the test long enough without a pause to measure anything.
    private struct Unsettled: Error {}

    /// Whether `share` was met, whose standard deviation is `deviation`.
    private func expect(_ achieved: Double, near share: Double, deviation: Double, _ what: String) {
        print("\(what): asked \(share), achieved \(achieved)")
        #expect(abs(achieved - share) <= 5 * deviation, "\(what): \(achieved), not \(share)")
    }

    private func deviation(_ share: Double, of count: Int) -> Double {
        (share * (1 - share) / Double(count)).squareRoot()
    }

    @Test("Random loss takes its share", arguments: [0.01, 0.05, 0.2, 0.6])
    func randomLoss(share: Double) throws {
        let arrived = try arrivals(of: 5000, through: NetemParameters(loss: .random(share)))
        expect(
            1 - Double(arrived.count) / 5000, near: share, deviation: deviation(share, of: 5000),
            "random loss")
    }

    @Test("Loss in bursts takes its share in bursts of its length", arguments: [1.0, 3, 10])
    func bursts(length: Double) throws {
        let (share, count) = (0.2, 10_000)
        let loss = try #require(NetemLoss.bursts(rate: share, burst: length))
        let arrived = try arrivals(of: count, through: NetemParameters(loss: loss))
        // What one packet's fate says of the next one's widens the spread.
        let memory = 1 - (share / (length * (1 - share))) - 1 / length
        let widening = ((1 + memory) / (1 - memory)).squareRoot()
        expect(
            1 - Double(arrived.count) / Double(count), near: share,
            deviation: deviation(share, of: count) * widening, "loss in bursts of \(length)")

        let present = Set(arrived.map(\.number))
        var lengths: [Int] = []
        var run = 0
        for number in 0..<count {
            if !present.contains(number) {
                run += 1
            } else if run > 0 {
                lengths.append(run)
                run = 0
            }
        }
        let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
        let spread = (length * (length - 1) / Double(lengths.count)).squareRoot()
        expect(mean, near: length, deviation: max(spread, 0.001), "mean burst")
    }

    @Test("Losing everything lets nothing through, and losing nothing everything")
    func extremes() throws {
        #expect(try arrivals(of: 500, through: NetemParameters(loss: 1)).isEmpty)
        let arrived = try arrivals(of: 500, through: NetemParameters())
        #expect(arrived.map(\.number) == Array(0..<500))
    }

    @Test("Duplicates come twice, the others once", arguments: [0.3, 1])
    func duplicates(share: Double) throws {
        let arrived = try arrivals(of: 2000, through: NetemParameters(duplicate: share))
        let copies = Dictionary(grouping: arrived, by: \.number).mapValues(\.count)
        #expect(copies.count == 2000)
        #expect(copies.values.allSatisfy { $0 <= 2 })
        expect(
            Double(arrived.count - 2000) / 2000, near: share,
            deviation: deviation(share, of: 2000), "duplicates")
    }

    @Test("A damaged packet has exactly one flipped bit")
    func corruption() throws {
        // The bit falls into one of the headers once in a while: with 1000 bytes, in 4 %.
        let arrived = try arrivals(of: 2000, through: NetemParameters(corrupt: 0.5), size: 1000)
        #expect(arrived.allSatisfy { $0.flippedBits <= 1 })
        let damaged = arrived.count { $0.flippedBits == 1 }
        expect(
            Double(damaged) / 2000, near: 0.48, deviation: 2 * deviation(0.48, of: 2000), "damaged")
    }

    @Test("Reordered packets overtake those that wait")
    func reordering() throws {
        let parameters = NetemParameters(delay: .milliseconds(1500), reorder: 0.25)
        let arrived = try arrivals(of: 1000, through: parameters)
        #expect(arrived.count == 1000)
        let early = arrived.count { $0.transit < .milliseconds(750) }
        expect(
            Double(early) / 1000, near: 0.25, deviation: deviation(0.25, of: 1000), "reordered")
        // Those that wait keep their order.
        let late = arrived.filter { $0.transit >= .milliseconds(750) }.map(\.number)
        #expect(late == late.sorted())
    }

    @Test("A delay without jitter is never undercut", arguments: [20, 200, 2000])
    func delay(milliseconds: Int) throws {
        let delay = Duration.milliseconds(milliseconds)
        let arrived = try arrivals(of: 200, through: NetemParameters(delay: delay))
        #expect(arrived.map(\.number) == Array(0..<200))
        let times = arrived.map(\.transit).sorted()
        print("delay: asked \(delay), median \(times[100])")
        #expect(try #require(times.first) >= delay)
        #expect(times[100] < delay + .milliseconds(500))
    }

    @Test("Jitter without a distribution fills its width, and nothing outside of it")
    func evenJitter() throws {
        let parameters = NetemParameters(delay: .seconds(1), jitter: .milliseconds(800))
        let times = try transits(through: parameters)
        #expect(times.allSatisfy { $0 >= .milliseconds(200) && $0 < .milliseconds(2300) })
        // The kernel takes its random number modulo the width, 1.6 s in nanoseconds: up to where the
        // 2^32 numbers end, each delay can be drawn three times, and above twice.
        let quarter = 400_000_000 / 4_294_967_296.0
        let early = Double(times.count { $0 < .milliseconds(600) }) / 1000
        let late = Double(times.count { $0 >= .milliseconds(1400) }) / 1000
        // The slack is for packets that are received late.
        expect(
            early, near: 3 * quarter, deviation: 2 * deviation(3 * quarter, of: 1000),
            "in the first quarter")
        expect(
            late, near: 2 * quarter, deviation: 2 * deviation(2 * quarter, of: 1000),
            "in the last quarter")
    }

    @Test("A distribution shapes the delay")
    func distributions() throws {
        /// The share of delays under the mean, and the share within one jitter of it.
        func shares(_ distribution: DelayDistribution?) throws -> (under: Double, within: Double) {
            let (mean, jitter) = (Duration.seconds(1), Duration.milliseconds(200))
            let times = try transits(
                through: NetemParameters(delay: mean, jitter: jitter, distribution: distribution))
            return (
                Double(times.count { $0 < mean }) / 1000,
                Double(times.count { $0 >= mean - jitter && $0 < mean + jitter }) / 1000
            )
        }
        let even = try shares(nil)
        expect(even.within, near: 1, deviation: 0.01, "even, within a jitter")
        let normal = try shares(.normal)
        expect(normal.within, near: 0.683, deviation: 0.02, "normal, within a jitter")
        expect(normal.under, near: 0.5, deviation: 0.03, "normal, under the mean")
        let pareto = try shares(.pareto)
        expect(pareto.under, near: 0.704, deviation: 0.03, "pareto, under the mean")
        expect(pareto.within, near: 0.912, deviation: 0.02, "pareto, within a jitter")
        // Nine of ten answered in 0.9 s and the others in 1.8 s: so do the delays.
        let measured = try #require(
            DelayDistribution.compiled(
                from: (0..<100).map { .milliseconds($0 < 90 ? 900 : 1800) }))
        let times = try transits(
            through: NetemParameters(
                delay: measured.mean, jitter: measured.deviation,
                distribution: measured.distribution))
        let slow = Double(times.count { $0 > .milliseconds(1500) }) / 1000
        expect(slow, near: 0.1, deviation: 2 * deviation(0.1, of: 1000), "slow of those measured")
        #expect(times.allSatisfy { $0 > .milliseconds(890) })
    }

    @Test("A rate is not exceeded, and reached")
    func rate() throws {
        // 42 bytes of headers: Ethernet's, which the loopback interface has too, IP's and UDP's.
        // All are sent at once, and netem holds half a second of them.
        let (count, size) = (40, 1000)
        let arrived = try arrivals(
            of: count,
            through: NetemParameters(rate: NetemRate(bytesPerSecond: 100_000)), size: size)
        #expect(arrived.count == count)
        let time = try #require(arrived.map(\.transit).max())
        let needed = Duration.seconds(Double(count * (size + 42)) / 100_000)
        print("rate: \(count) packets need \(needed), took \(time)")
        // The last one was sent a little after the first.
        #expect(time > needed * 0.9)
        #expect(time < needed * 1.5)
    }

    @Test("A rate counts a packet's overhead, and whole cells")
    func cells() throws {
        // 106 bytes and 894 more fill 21 cells of 48 bytes, each with 5 of its own: 1113 bytes.
        let rate = NetemRate(
            bytesPerSecond: 100_000, packetOverhead: 894, cellSize: 48, cellOverhead: 5)
        let arrived = try arrivals(of: 40, through: NetemParameters(rate: rate))
        #expect(arrived.count == 40)
        let time = try #require(arrived.map(\.transit).max())
        print("rate with cells: 40 packets need 0.445 s, took \(time)")
        #expect(time > .milliseconds(400) && time < .milliseconds(680))
    }

    @Test("Packets that know ECN are marked and arrive, where others are lost")
    func congestion() throws {
        let netem = NetemParameters(loss: .random(0.5), marksCongestion: true)
        #expect(try arrivals(of: 500, through: netem, knowsCongestion: true).count == 500)
        let others = try arrivals(of: 500, through: netem).count
        #expect(others > 150 && others < 350)
    }

    @Test("Slots let few packets through at a time")
    func slots() throws {
        let slot = NetemSlot(.uniform(.milliseconds(300)...(.milliseconds(300))), packets: 5)
        let arrived = try arrivals(of: 30, through: NetemParameters(slot: slot))
        #expect(arrived.map(\.number) == Array(0..<30))
        // Six slots, five times between them.
        let time = try #require(arrived.map(\.transit).max())
        #expect(time >= .milliseconds(1400))
        #expect(time < .milliseconds(4000))
    }
}
