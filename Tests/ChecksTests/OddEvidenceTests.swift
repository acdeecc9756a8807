import Playbooks
import Records
import Testing

@testable import Checks

@Suite("Odd evidence")
struct OddEvidenceTests {
    private static let expectations: [(String, [String: ArgumentValue])] = [
        ("no_loss", [:]),
        ("failover", ["within": .duration(.seconds(5))]),
        ("failover", ["within": .duration(.seconds(1_000_000_000_000))]),
        ("recovery", ["within": .duration(.seconds(5))]),
        ("recovery", ["within": .duration(.seconds(1_000_000_000_000))]),
        ("no_crash", [:]),
        ("no_failover", [:]),
        ("health", ["probe": .string("ready")]),
        ("health", ["probe": .string("ready"), "within": .duration(.zero)]),
        ("retries", ["follow": .string("workload.client.retry")]),
        ("retries", ["follow": .string("target.redelivery")]),
        ("latency", ["below": .duration(.zero)]),
        ("latency", ["below": .duration(.seconds(1)), "phase": .string("faults")]),
        ("error_rate", ["below": .ratio(Ratio(0)), "phase": .string("baseline")]),
        ("throughput", ["above": .rate(Rate(perSecond: 0)), "phase": .string("outside")]),
    ]

    /// Times that overflow, precede the start, or stand still.
    private static let times: [Int64] = [
        .min, .min + 1, -100_000_000_000_000_000, -1, 0, 0, 1, 250_000_000, 1_000_000_000,
        12_000_000_000, 99_999_999_999_999_999, .max - 1, .max,
    ]

    private func time(_ generator: inout SplitMix64) -> DrillTime {
        if generator.fraction() < 0.7 { return .at(40 * generator.fraction()) }
        return DrillTime(nanoseconds: Self.times[generator.index(below: Self.times.count)])
    }

    private func node(_ generator: inout SplitMix64) -> String {
        ["", "a", "b"][generator.index(below: 3)]
    }

    private func builder(seed: UInt64) -> EvidenceBuilder {
        var generator = SplitMix64(seed: seed)
        var builder = EvidenceBuilder()
        builder.playbook.steadyState = [.probe(ProbeStep(kind: "http", name: "ready"))]
        builder.playbook.workload.retry.factor = seed.isMultiple(of: 2) ? 2 : 0
        builder.redelivery = RetryPolicy(first: .zero, factor: 1, cap: .zero, attempts: 0)
        builder.ledger = LedgerSummary(
            lost: [
                LedgerSummary.LostMessage(
                    message: MessageIdentifier(producer: 0, sequence: 0),
                    acknowledgedAt: time(&generator), node: "")
            ], duplicated: -1, isDrained: true)
        let kinds: [Operation.Kind] = [.enqueue, .reserve, .acknowledge, .refuse]
        let outcomes: [Operation.Outcome] = [.ok, .failed, .indeterminate]
        for _ in 0..<300 {
            let message = MessageIdentifier(producer: 0, sequence: generator.index(below: 5))
            builder.operations.append(
                Operation(
                    kind: kinds[generator.index(below: 4)], client: "p0",
                    message: generator.index(below: 4) == 0 ? nil : message,
                    intended: time(&generator), ended: time(&generator),
                    outcome: outcomes[generator.index(below: 3)], node: node(&generator),
                    attempts: (0..<generator.index(below: 4)).map { _ in
                        Attempt(
                            node: node(&generator), started: time(&generator),
                            ended: time(&generator), outcome: outcomes[generator.index(below: 3)],
                            answer: "409")
                    }, delivery: generator.index(below: 2) == 0 ? nil : .max))
            builder.wire.append(
                WireObservation(
                    time: time(&generator), node: node(&generator), message: message,
                    forwarded: false))
            builder.samples.append(
                ProbeSample(
                    probe: "ready", node: node(&generator), role: .primary,
                    started: time(&generator), ended: time(&generator),
                    result: [.healthy, .unhealthy, .unknown][generator.index(below: 3)],
                    answer: ""))
        }
        for phase in Phase.allCases {
            for kind in [Event.Kind.phaseEnded, .phaseStarted, .phaseStarted, .phaseEnded] {
                builder.events.append(
                    Event(
                        time: time(&generator), kind: kind, subject: phase.rawValue, message: ""))
            }
        }
        for kind in ["process.kill", "network.delay", "disk.fill", ""] {
            builder.faults.append(
                FaultRecord(
                    identifier: "f", kind: kind, name: kind, objects: ["node a", "node", ""],
                    injectedAt: time(&generator), revertedAt: time(&generator),
                    verifiedAt: time(&generator)))
        }
        return builder
    }

    @Test("traps no check", arguments: Array(1...40) as [UInt64])
    func traps(seed: UInt64) throws {
        let builder = builder(seed: seed)
        for (kind, arguments) in Self.expectations {
            let result = try builder.judge(kind, arguments)
            #expect(!result.sentence.isEmpty)
            // JSON has no word for numbers that are none.
            #expect(result.figures.allSatisfy { $0.value.isFinite }, "\(kind)")
        }
    }

    @Test("that is empty is inconclusive to every check")
    func empty() throws {
        var builder = EvidenceBuilder()
        builder.playbook.steadyState = [.probe(ProbeStep(kind: "http", name: "ready"))]
        for (kind, arguments) in Self.expectations {
            #expect(try builder.judge(kind, arguments).status == .inconclusive, "\(kind)")
        }
        #expect(Set(Self.expectations.map(\.0)) == Set(CheckCatalogue.declarations.map(\.kind)))
    }

    @Test("gives the same answer twice", arguments: [1, 2, 3] as [UInt64])
    func pure(seed: UInt64) throws {
        for (kind, arguments) in Self.expectations {
            let (first, second) = (
                try builder(seed: seed).judge(kind, arguments),
                try builder(seed: seed).judge(kind, arguments)
            )
            #expect(first == second)
        }
    }
}
