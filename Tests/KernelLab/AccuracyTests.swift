import Kernel
import Testing

/// What was asked of netem beside what came of it, as a table on the console.
///
/// Shares are held to the 99 % interval of an exact share in a run of this length, which one run in
/// a hundred leaves by chance: so each has three runs to be within. Times are printed, and held to
/// slack: emulated clocks are coarse.
@Suite("What netem achieves of what is asked", .serialized, .timeLimit(.minutes(5)))
struct AccuracyTests {
    init() throws { try Machine.require() }

    private func arrivals(
        _ count: Int, _ parameters: NetemParameters, size: Int = 64
    ) throws -> [DatagramFlow.Arrival] {
        let flow = try DatagramFlow(size: size)
        let netem = PortNetem(
            interface: 1,
            aims: [PacketAim(transport: .udp, destinationPorts: flow.port...flow.port)],
            parameters: parameters)
        let prior = try netem.snapshot()
        try netem.install(over: prior)
        #expect(try netem.readBack().differences == [])
        let arrivals = try flow.exchange(count, quiet: parameters.longestDelay + .milliseconds(500))
        #expect(try netem.remove(restoring: prior) == .same)
        return arrivals
    }

    @Test(
        "loss is within the 99 % interval",
        arguments: [0.01, 0.05, 0.2], [1.0, 3, 10])
    func loss(share: Double, burst: Double) throws {
        let count = 10_000
        let loss = try #require(NetemLoss.bursts(rate: share, burst: burst))
        // What one packet's fate says of the next one's widens the spread.
        let memory = 1 - share / (burst * (1 - share)) - 1 / burst
        let widening = ((1 + memory) / (1 - memory)).squareRoot()
        let bound = 2.576 * widening * (share * (1 - share) / Double(count)).squareRoot()
        var achieved: [Double] = []
        for _ in 0..<3 {
            let arrived = try arrivals(count, NetemParameters(loss: loss))
            achieved.append(1 - Double(arrived.count) / Double(count))
            if abs((achieved.last ?? 1) - share) <= bound { break }
        }
        print("accuracy: loss \(share) in bursts of \(burst): achieved \(achieved), ± \(bound)")
        #expect(abs((achieved.last ?? 1) - share) <= bound, "\(achieved)")
    }

    @Test("delays are never shorter than asked", arguments: [1, 5, 20, 50, 100, 500])
    func delay(milliseconds: Int) throws {
        let asked = Duration.milliseconds(milliseconds)
        let count = 40
        var transits = try arrivals(count, NetemParameters(delay: asked)).map(\.transit)
        var undisturbed = try arrivals(count, NetemParameters()).map(\.transit)
        transits.sort()
        undisturbed.sort()
        try #require(transits.count == count && undisturbed.count == count)
        print(
            "accuracy: delay \(asked): median \(transits[20]), of it \(undisturbed[20]) without")
        #expect(transits[0] >= asked)
        #expect(transits[20] < asked + .milliseconds(250))
    }

    /// The emulated clock is late for both alike, so that what differs is the program's.
    @Test(
        "delays are on average those that tc asks of netem in the same run",
        arguments: [1, 20, 100])
    func delayBesideTC(milliseconds: Int) async throws {
        let asked = Duration.milliseconds(milliseconds)
        let (rounds, count) = (8, 50)
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            ours.append(try mean(arrivals(count, NetemParameters(delay: asked)), of: count))
            try await shell(
                "tc qdisc add dev lo root netem delay \(milliseconds)ms limit 10000")
            let flow = try DatagramFlow()
            let arrived = try flow.exchange(count, quiet: asked + .milliseconds(500))
            try await shell("tc qdisc del dev lo root")
            theirs.append(try mean(arrived, of: count))
        }
        let differences = zip(ours, theirs).map { $0 - $1 }
        let difference = differences.reduce(0, +) / Double(rounds)
        let square = differences.reduce(0) { $0 + ($1 - difference) * ($1 - difference) }
        // Student's law with seven degrees of freedom, 95 %.
        let slack = 2.365 * (square / Double(rounds - 1) / Double(rounds)).squareRoot()
        let bound = max(Double(milliseconds) * 0.02, 0.2)
        let text = { (values: [Double]) in
            "\(values.reduce(0, +) / Double(values.count)) ms"
        }
        print(
            "accuracy: delay \(asked) over \(rounds * count) packets: mean \(text(ours)), by tc "
                + "\(text(theirs)), difference \(difference) ± \(slack) ms, bound \(bound) ms")
        #expect(abs(difference) - slack <= bound)
    }

    /// In milliseconds; throws when one is missing.
    private func mean(_ arrivals: [DatagramFlow.Arrival], of count: Int) throws -> Double {
        try #require(arrivals.count == count)
        return arrivals.map { $0.transit / .milliseconds(1) }.reduce(0, +) / Double(count)
    }

    @Test("a rate is within 3 %", arguments: [100_000, 1_000_000] as [UInt64])
    func rate(rate: UInt64) throws {
        let size = 1000
        // All are sent at once, and netem holds half a second of them.
        let count = min(300, Int(rate) / 2 / (size + 42) * 9 / 10)
        let seconds = Double(count * (size + 42)) / Double(rate)
        let arrived = try arrivals(
            count, NetemParameters(rate: NetemRate(bytesPerSecond: rate)), size: size)
        let (first, last) = (try #require(arrived.first), try #require(arrived.last))
        let taken = first.receivedAt.duration(to: last.receivedAt) / .seconds(1)
        let achieved = Double((count - 1) * (size + 42)) / taken
        print("accuracy: rate \(rate) bytes a second: \(achieved) over \(seconds) s")
        #expect(arrived.count == count)
        #expect(abs(achieved / Double(rate) - 1) < 0.03)
    }
}
