import Kernel
import Records
import Testing

@testable import Faults

@Suite("Canary", .timeLimit(.minutes(1)))
struct CanaryTests {
    /// Datagrams 1, 2, 3 … sent every 10 ms, and when those that arrived did, by number.
    private func observation(
        sent: Int, arrivals: [(number: UInt64, after: Int64)]
    ) -> CanaryObservation {
        var observation = CanaryObservation()
        observation.departures = (1...sent).map {
            CanaryObservation.Departure(number: UInt64($0), sentAt: Int64($0) * 10_000_000)
        }
        observation.arrivals = arrivals.map { number, after in
            let sentAt = Int64(number) * 10_000_000
            return DatagramFlow.Arrival(
                number: number, sentAt: sentAt, receivedAt: sentAt + after, bytes: 100)
        }
        return observation
    }

    @Test("all arrived in time: no loss, no copies, the delay and the rate as they are")
    func sound() throws {
        let estimate = CanaryEstimate(
            observation(sent: 4, arrivals: [1, 2, 3, 4].map { ($0, 5_000_000) }))
        #expect(estimate.arrived == 4)
        #expect(estimate.loss.value == 0)
        #expect(estimate.loss.upper > 0.3)
        #expect(estimate.burst == nil)
        #expect(estimate.copies == 0)
        #expect(estimate.overtaken == 0)
        #expect(estimate.delay == .init(value: 5e6, lower: 5e6, upper: 5e6))
        #expect(estimate.delays == 5_000_000...5_000_000)
        // 300 bytes in the 30 ms after the first.
        #expect(try abs(#require(estimate.rate) - 10_000) < 1e-6)
    }

    @Test("losses are counted with the lengths of their runs")
    func losses() throws {
        let arrived: [UInt64] = [1, 4, 5, 7, 8]
        let estimate = CanaryEstimate(
            observation(sent: 10, arrivals: arrived.map { ($0, 1000) }))
        // Lost: 2 and 3, 6, 9 and 10.
        #expect(estimate.loss.value == 0.5)
        #expect(estimate.bursts == 3)
        #expect(try abs(#require(estimate.burst).value - 5.0 / 3) < 1e-9)
        #expect(estimate.loss.holds(0.5))
        #expect(!estimate.loss.holds(0.01))
    }

    @Test("copies are no second arrivals, and one that came late has been overtaken")
    func copies() {
        let estimate = CanaryEstimate(
            observation(
                sent: 4,
                arrivals: [(1, 1000), (3, 1000), (2, 30_000_000), (3, 40_000_000), (4, 50_000_000)])
        )
        #expect(estimate.arrived == 4)
        #expect(estimate.copies == 1)
        #expect(estimate.duplication.value == 0.25)
        #expect(estimate.overtaken == 1)
    }

    @Test("what was never sent does not count, whoever sent it")
    func strangers() {
        let estimate = CanaryEstimate(observation(sent: 2, arrivals: [(1, 1000), (77, 1000)]))
        #expect(estimate.arrived == 1)
        #expect(estimate.loss.value == 0.5)
    }

    @Test("nothing sent says nothing, and one value has no bounds")
    func empty() {
        let nothing = CanaryEstimate(CanaryObservation())
        #expect(nothing.loss == .init(value: 0, lower: 0, upper: 1))
        #expect(nothing.delay == nil)
        #expect(nothing.rate == nil)
        let one = CanaryEstimate(observation(sent: 1, arrivals: [(1, 1000)]))
        #expect(one.delay?.upper == .infinity)
    }

    @Test(
        "the interval of a share is the one of the tables",
        arguments: [
            (0, 10_000, 2.576, 0.0, 0.000_663_1), (500, 10_000, 2.576, 0.044_684, 0.055_910),
            (10, 100, 1.96, 0.055_229, 0.174_366), (5, 5, 1.96, 0.565_510, 1.0),
        ])
    func interval(successes: Int, trials: Int, deviations: Double, lower: Double, upper: Double) {
        let share = CanaryEstimate.share(successes, of: trials, deviations)
        #expect(abs(share.lower - lower) < 2e-5, "\(share)")
        #expect(abs(share.upper - upper) < 2e-5, "\(share)")
    }

    @Test("an undisturbed loopback loses nothing on either path, and the kernel stamps arrivals")
    func live() async throws {
        let canary = try Canary(
            from: [127, 0, 0, 1], to: [127, 0, 0, 1],
            now: { DrillTime(nanoseconds: MonotonicClock.now) },
            sleep: { try await Task.sleep(for: $0) })
        #expect(canary.aimed.destination.port != canary.unaimed.destination.port)
        let reading = await canary.measure(
            count: 200, every: .milliseconds(1), patience: .seconds(5))
        for estimate in [reading.aimed, reading.unaimed] {
            #expect(estimate.sent == 200)
            #expect(estimate.loss.value == 0)
            #expect(estimate.copies == 0)
            #expect(estimate.overtaken == 0)
            // Stamped on the way, not when this process got to read it.
            #expect(try #require(estimate.delays).lowerBound < 5_000_000)
        }
    }
}
