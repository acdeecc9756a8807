import Playbooks
import Records
import Testing

@testable import Checks

@Suite("The check recovery")
struct RecoveryCheckTests {
    /// What the service does to a request wanted `time` seconds after the fault's end.
    enum Truth: String, CaseIterable, Sendable {
        case atOnce, decay, relapse, slower, slowShare

        /// The extra latency in seconds.
        func extra(_ time: Double, _ generator: inout SplitMix64) -> Double {
            switch self {
            case .atOnce: 0
            // Below the threshold of about 6 ms more at 3.7 s.
            case .decay: time < 0 ? 0 : 0.2 * exponential(-time / 1.06)
            case .relapse: (1..<1.5).contains(time) || (3..<4).contains(time) ? 0.2 : 0
            case .slower: time < 0 ? 0 : 0.003
            case .slowShare: time >= 0 && generator.fraction() < 0.05 ? 0.02 : 0
            }
        }

        private func exponential(_ x: Double) -> Double {
            var (sum, term) = (1.0, 1.0)
            for index in 1...200 {
                term *= abs(x) / Double(index)
                sum += term
            }
            return x < 0 ? 1 / sum : sum
        }

        /// The recovery times that are right, in seconds; nil when there is none.
        var recovery: ClosedRange<Double>? {
            switch self {
            case .atOnce: 0...2.5
            case .decay: 3...4.5
            case .relapse: 3.75...4.25
            case .slower, .slowShare: nil
            }
        }
    }

    /// A baseline of 12 s from 0, a fault from 12 s to 14 s, and 12 s of load after it.
    private func builder(
        _ truth: Truth, seed: UInt64, baseline: Double = 12, after: Double = 12,
        rate: Double = 400
    ) -> EvidenceBuilder {
        var generator = SplitMix64(seed: seed)
        var builder = EvidenceBuilder()
        let end = baseline + 2
        builder.phase(.baseline, from: 0, to: baseline)
        builder.load(from: 0, to: end + after, rate: rate) { time in
            // As on a machine with other work: a median of 0.3 ms with a tail of some ms.
            let noise = 0.0002 + 0.0002 * generator.fraction()
            let tail = generator.fraction() < 0.02 ? 0.004 * generator.fraction() : 0
            let stall = time >= baseline && time < end ? end - time : 0
            return noise + tail + stall + truth.extra(time - end, &generator)
        }
        builder.fault("process.kill", node: "a", from: baseline, to: end)
        return builder
    }

    private let within6: [String: ArgumentValue] = ["within": .duration(.seconds(6))]

    @Test(
        "finds the true moment of every kind of recovery", arguments: Truth.allCases,
        Array(1...10) as [UInt64])
    func groundTruth(truth: Truth, seed: UInt64) throws {
        let result = try builder(truth, seed: seed).judge("recovery", within6)
        if let recovery = truth.recovery {
            #expect(result.status == .held, "\(result.sentence)")
            let seconds = try #require(result.figure("time to recovery")) / 1e9
            #expect(recovery.contains(seconds), "\(seconds)")
        } else {
            #expect(result.status == .broken, "\(result.sentence)")
            #expect(result.figure("time to recovery") == nil)
        }
    }

    @Test("says what kept a recovery from being one")
    func reasons() throws {
        let slower = try builder(.slower, seed: 1).judge("recovery", within6)
        #expect(slower.sentence.contains("median latency stayed up to 3."))
        let share = try builder(.slowShare, seed: 1).judge("recovery", within6)
        #expect(share.sentence.contains("good") || share.sentence.contains("slow"))
    }

    @Test("breaks when the steady state comes back too late, and prints the margins")
    func tooLate() throws {
        let arguments = ["within": ArgumentValue.duration(.seconds(2))]
        let result = try builder(.relapse, seed: 1).judge("recovery", arguments)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("2.00 s is the limit"))
        #expect(result.sentence.contains("windows of 250 ms"))
        #expect(result.details.last?.contains("margin 1.0 ms") == true)
    }

    @Test("lets a playbook say which change of latency matters")
    func margin() throws {
        let margin = within6.merging(["margin": .duration(.milliseconds(30))]) { $1 }
        let slower = try builder(.slower, seed: 1).judge("recovery", margin)
        #expect(slower.status == .held, "\(slower.sentence)")
        #expect(slower.figure("margin of p50") == 30e6)
        #expect(
            try builder(.relapse, seed: 1).judge("recovery", margin).figure("time to recovery")
                == 4e9)
    }

    @Test("breaks when requests go on failing")
    func failing() throws {
        var builder = builder(.atOnce, seed: 1)
        for index in builder.operations.indices.reversed()
        where index % 20 == 0 && builder.operations[index].intended > .at(14) {
            builder.operations[index].outcome = .failed
        }
        #expect(try builder.judge("recovery", within6).status == .broken)
    }

    @Test("cannot tell when the load ends too early")
    func shortLoad() throws {
        let result = try builder(.atOnce, seed: 1, after: 3).judge("recovery", within6)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("11.00 s"))
    }

    @Test("cannot tell from a short baseline, and says how long it must be")
    func shortBaseline() throws {
        let result = try builder(.atOnce, seed: 1, baseline: 8).judge("recovery", within6)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("at least 10.00 s"))
    }

    @Test("widens the windows at a low rate")
    func lowRate() throws {
        let result = try builder(.atOnce, seed: 1, baseline: 21, after: 20, rate: 200)
            .judge("recovery", within6)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.figure("window") == 500e6)
    }

    @Test("cannot tell from a drifting baseline")
    func drift() throws {
        var builder = builder(.atOnce, seed: 1)
        for index in builder.operations.indices
        where builder.operations[index].intended < .at(6) {
            builder.operations[index].ended =
                builder.operations[index].ended + Nanoseconds(3_000_000)
        }
        let result = try builder.judge("recovery", within6)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("drifted"))
    }

    @Test("cannot tell from a baseline that failed itself")
    func failingBaseline() throws {
        var builder = builder(.atOnce, seed: 1)
        for index in builder.operations.indices where index % 10 == 0 {
            builder.operations[index].outcome = .indeterminate
        }
        #expect(try builder.judge("recovery", within6).status == .inconclusive)
    }

    @Test("cannot tell without faults, without a baseline, and with a fault that stayed in")
    func missing() throws {
        var builder = builder(.atOnce, seed: 1)
        builder.faults[0].revertedAt = nil
        builder.faults[0].verifiedAt = nil
        builder.faults[0].kind = "disk.fill"
        #expect(try builder.judge("recovery", within6).status == .inconclusive)
        builder.faults = []
        #expect(try builder.judge("recovery", within6).status == .inconclusive)
        #expect(try EvidenceBuilder().judge("recovery", within6).status == .inconclusive)
    }

    @Test("judges each fault, and lets the last one decide when the first cannot be judged")
    func severalFaults() throws {
        var builder = builder(.atOnce, seed: 1)
        builder.fault("network.delay", node: "a", from: 15, to: 16)
        builder.fault("disk.fill", node: "b", from: 15.5, to: 15.8)
        let result = try builder.judge("recovery", ["within": .duration(.seconds(4))])
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.details[0].contains("the next fault came"))
        #expect(result.details[1].contains("f2 network.delay: recovered"))
        #expect(result.details[2].contains("f2 network.delay was in when it ended"))
    }

    @Test("says how long the load must go on")
    func observation() {
        var playbook = EvidenceBuilder().playbook
        #expect(CheckCatalogue.observationTime(for: playbook) == .zero)
        playbook.expectations = [
            Expectation(kind: "recovery", arguments: Arguments(within6)),
            Expectation(kind: "no_loss"), Expectation(kind: "unheard of"),
        ]
        #expect(CheckCatalogue.observationTime(for: playbook) == .seconds(11.5))
    }

    @Test(
        "cannot be judged when strangers had the host's processors, which the service may have",
        arguments: [
            (0.02, 0.5, CheckResult.Status.inconclusive), (0.5, 0.4, .broken), (0.02, 0.1, .broken),
        ])
    func crowded(idle: Double, others: Double, status: CheckResult.Status) throws {
        var builder = builder(.slower, seed: 1)
        builder.crowd(from: 14, to: 26, idle: idle, others: others)
        let result = try builder.judge("recovery", within6)
        #expect(result.status == status, "\(result.sentence)")
        let isExcused = result.sentence.contains("processes that are not the drill's took 50.0 %")
        #expect(isExcused == (status == .inconclusive), "\(result.sentence)")
    }
}
