import Playbooks
import Records
import Testing

@testable import Checks

@Suite("The limits")
struct LimitCheckTests {
    /// 20 s at 400/s; a fault from 10 s to 12 s makes requests slow and every tenth fail.
    private var builder: EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.phase(.warmup, from: 0, to: 1)
        builder.phase(.baseline, from: 1, to: 10)
        builder.phase(.drain, from: 20, to: 21)
        builder.fault("network.delay", node: "a", from: 10, to: 12)
        builder.load(from: 0, to: 20, rate: 400) { time in
            time < 1 ? 5 : (10..<12).contains(time) ? 0.1 : 0.002
        }
        for index in builder.operations.indices where index % 10 == 0 {
            let intended = builder.operations[index].intended
            guard intended >= .at(10), intended < .at(12) else { continue }
            builder.operations[index].outcome = index % 20 == 0 ? .failed : .indeterminate
        }
        return builder
    }

    private func phase(_ phase: MeasuredTime.Phase) -> [String: ArgumentValue] {
        ["phase": .string(phase.rawValue), "settle": .duration(.zero)]
    }

    @Test(
        "hold, break, or cannot tell by the latency of the time they are about",
        arguments: [
            (MeasuredTime.Phase.baseline, 10, CheckResult.Status.held), (.outside, 10, .held),
            (.faults, 10, .broken), (.faults, 200, .held), (.all, 10, .broken),
        ])
    func latency(time: MeasuredTime.Phase, limit: Int, status: CheckResult.Status) throws {
        let arguments = phase(time).merging(["below": .duration(.milliseconds(limit))]) { $1 }
        let result = try builder.judge("latency", arguments)
        #expect(result.status == status, "\(result.sentence)")
    }

    @Test("cannot tell a quantile from too few requests")
    func fewLatencies() throws {
        var builder = EvidenceBuilder()
        builder.load(from: 0, to: 1, rate: 100)
        let arguments: [String: ArgumentValue] = [
            "quantile": .string("p99.9"), "below": .duration(.milliseconds(10)),
        ]
        #expect(try builder.judge("latency", arguments).status == .inconclusive)
        #expect(try EvidenceBuilder().judge("latency", arguments).status == .inconclusive)
    }

    @Test(
        "cannot tell a slow service from a host that strangers keep busy",
        arguments: [
            ("latency", ["below": ArgumentValue.duration(.microseconds(1))]),
            ("throughput", ["above": .rate(Rate(perSecond: 1_000_000))]),
        ])
    func crowded(kind: String, arguments: [String: ArgumentValue]) throws {
        var crowded = builder
        #expect(try crowded.judge(kind, arguments).status == .broken)
        crowded.crowd(from: 0, to: 200, idle: 0.02, others: 0.5)
        let result = try crowded.judge(kind, arguments)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("not the drill's took"), "\(result.sentence)")
    }

    @Test(
        "hold or break by the time to the first delivery, which what never came had until the end",
        arguments: [
            (5.0, 1.0, 10, CheckResult.Status.held), (5, 1, 4, .broken), (5, 0.9, 10, .broken),
            // For less than the limit it was not waited: it might have come in time.
            (5, 0.9, 60, .inconclusive), (5, 0.999, 10, .held),
        ])
    func deliveryTimes(
        delay: Double, share: Double, limit: Int, status: CheckResult.Status
    ) throws {
        var builder = EvidenceBuilder()
        builder.phase(.warmup, from: 0, to: 1)
        builder.phase(.drain, from: 11, to: 40)
        builder.load(from: 0, to: 11, rate: 400)
        for (index, enqueue) in builder.operations.enumerated()
        where Double(index % 1000) < share * 1000 {
            let time = enqueue.ended + Nanoseconds(Int64(delay * 1e9))
            for extra: Int64 in [0, 20] {
                var delivery = enqueue
                delivery.kind = .reserve
                delivery.ended = time + Nanoseconds(extra * 1_000_000_000)
                builder.operations.append(delivery)
            }
        }
        let result = try builder.judge(
            "latency", ["of": .string("delivered"), "below": .duration(.seconds(limit))])
        #expect(result.status == status, "\(result.sentence)")
        #expect(result.sentence.contains("not been delivered") == (share < 1))
    }

    @Test("a host that strangers keep busy makes deliveries late, and keeps none back for good")
    func crowdedDeliveries() throws {
        for (isKept, status) in [(false, CheckResult.Status.inconclusive), (true, .broken)] {
            var builder = EvidenceBuilder()
            builder.phase(.drain, from: 11, to: 60)
            builder.load(from: 0, to: 11, rate: 400)
            builder.crowd(from: 0, to: 60, idle: 0.02, others: 0.5)
            for enqueue in builder.operations where !isKept || enqueue.ended < .at(5) {
                var delivery = enqueue
                delivery.kind = .reserve
                delivery.ended = enqueue.ended + Nanoseconds(25_000_000_000)
                builder.operations.append(delivery)
            }
            let result = try builder.judge(
                "latency", ["of": .string("delivered"), "below": .duration(.seconds(20))])
            #expect(result.status == status, "\(result.sentence)")
        }
    }

    @Test("counts latency from the intended start")
    func intended() throws {
        var builder = EvidenceBuilder()
        builder.load(from: 0, to: 5, rate: 400)
        for index in builder.operations.indices {
            let intended = builder.operations[index].intended
            builder.operations[index].intended = intended + Nanoseconds(-1_000_000_000)
        }
        let result = try builder.judge("latency", ["below": .duration(.milliseconds(500))])
        #expect(result.status == .broken)
    }

    @Test(
        "hold, break, or cannot tell by the share of errors",
        arguments: [
            (MeasuredTime.Phase.faults, 0.01, CheckResult.Status.broken), (.faults, 0.2, .held),
            (.faults, 0.1, .inconclusive), (.outside, 0.01, .held),
            (.outside, 0.0001, .inconclusive),
            (.all, 0.001, .broken),
        ])
    func errorRate(time: MeasuredTime.Phase, limit: Double, status: CheckResult.Status) throws {
        let arguments = phase(time).merging(["below": .ratio(Ratio(limit))]) { $1 }
        let result = try builder.judge("error_rate", arguments)
        #expect(result.status == status, "\(result.sentence)")
    }

    @Test("cannot tell an error rate of nothing")
    func noErrors() throws {
        let arguments: [String: ArgumentValue] = ["below": .ratio(.percent(1))]
        #expect(try EvidenceBuilder().judge("error_rate", arguments).status == .inconclusive)
    }

    @Test(
        "hold or break by the throughput",
        arguments: [
            (MeasuredTime.Phase.outside, 390.0, CheckResult.Status.held), (.outside, 440, .broken),
            (.faults, 380, .broken), (.faults, 300, .held),
        ])
    func throughput(time: MeasuredTime.Phase, limit: Double, status: CheckResult.Status) throws {
        let arguments = phase(time).merging(["above": .rate(Rate(perSecond: limit))]) { $1 }
        let result = try builder.judge("throughput", arguments)
        #expect(result.status == status, "\(result.sentence)")
    }

    @Test(
        "do not count what the generator never sent as errors, and cannot tell because of it",
        arguments: [
            ("error_rate", ArgumentValue.ratio(.percent(1)), 0.02, CheckResult.Status.inconclusive),
            ("error_rate", .ratio(.percent(5)), 0.02, .held),
            ("latency", .duration(.milliseconds(10)), 0.02, .inconclusive),
            ("latency", .duration(.milliseconds(10)), 0.001, .held),
            ("latency", .duration(.milliseconds(1)), 0.02, .broken),
        ])
    func saturated(
        kind: String, limit: ArgumentValue, share: Double, status: CheckResult.Status
    ) throws {
        var builder = builder
        builder.saturate(share: share)
        let arguments = phase(.outside).merging(["below": limit]) { $1 }
        let result = try builder.judge(kind, arguments)
        #expect(result.status == status, "\(result.sentence)")
        #expect(result.sentence.contains("never sent"))
    }

    @Test("cannot tell a throughput that was not asked for, and breaks on errors all the same")
    func saturatedThroughput() throws {
        var builder = builder
        builder.saturate(share: 0.2)
        let throughput = phase(.outside).merging(["above": .rate(Rate(perSecond: 390))]) { $1 }
        #expect(try builder.judge("throughput", throughput).status == .inconclusive)
        let errors = phase(.faults).merging(["below": .ratio(.percent(1))]) { $1 }
        #expect(try builder.judge("error_rate", errors).status == .broken)
    }

    @Test("count deliveries when asked to, and cannot tell without load")
    func deliveries() throws {
        let arguments: [String: ArgumentValue] = [
            "above": .rate(Rate(perSecond: 1)), "of": .string("delivered"),
        ]
        #expect(try builder.judge("throughput", arguments).status == .broken)
        #expect(try EvidenceBuilder().judge("throughput", arguments).status == .inconclusive)
    }

    @Test(
        "refuse an expectation without its limit",
        arguments: ["latency", "error_rate", "throughput", "failover"])
    func missingLimit(kind: String) {
        #expect(throws: CheckError.self) { try EvidenceBuilder().judge(kind) }
    }

    @Test("ranges join, exclude and find their moments")
    func ranges() {
        let ranges = TimeRanges([
            .at(5)..<(.at(7)), .at(0)..<(.at(2)), .at(1)..<(.at(3)), .at(9)..<(.at(9)),
        ])
        #expect(ranges.ranges == [.at(0)..<(.at(3)), .at(5)..<(.at(7))])
        #expect(ranges.length == Nanoseconds(5_000_000_000))
        #expect(ranges.contains(.at(2.9)) && !ranges.contains(.at(3)) && ranges.contains(.at(5)))
        #expect(ranges.overlaps(from: .at(4), to: .at(5)))
        #expect(!ranges.overlaps(from: .at(3), to: .at(4)))
        let holes = TimeRanges([.at(1)..<(.at(6))])
        #expect(ranges.subtracting(holes).ranges == [.at(0)..<(.at(1)), .at(6)..<(.at(7))])
        #expect(ranges.intersection(holes).ranges == [.at(1)..<(.at(3)), .at(5)..<(.at(6))])
    }
}
