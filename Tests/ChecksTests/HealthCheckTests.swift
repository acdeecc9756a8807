import Playbooks
import Records
import Testing

@testable import Checks

@Suite("The check health")
struct HealthCheckTests {
    private let arguments: [String: ArgumentValue] = [
        "probe": .string("ready"), "within": .duration(.seconds(2)),
    ]

    private var empty: EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.playbook.steadyState = [.probe(ProbeStep(kind: "http", name: "ready"))]
        return builder
    }

    private func add(
        to builder: inout EvidenceBuilder, from start: Double, to end: Double,
        _ result: ProbeSample.Result, node: String = "a"
    ) {
        for index in 0..<Int((end - start) * 4) {
            let time = start + Double(index) / 4
            builder.samples.append(
                ProbeSample(
                    probe: "ready", node: node, role: .primary, started: .at(time),
                    ended: .at(time + 0.01), result: result,
                    answer: result == .healthy ? "200" : "503"))
        }
    }

    /// The disk of node a is full from 10 s to 18 s, and it refuses every enqueue with 507.
    private func diskFull(noticedAfter delay: Double?, readyAgainAt back: Double = 18.5)
        -> EvidenceBuilder
    {
        var builder = empty
        builder.fault("disk.fill", node: "a", from: 10, to: 18)
        builder.load(from: 0, to: 10)
        builder.load(from: 10, to: 18.2, outcome: .failed, answer: "507")
        builder.load(from: 18.2, to: 30)
        if let delay {
            add(to: &builder, from: 0, to: 10 + delay, .healthy)
            add(to: &builder, from: 10 + delay, to: back, .unhealthy)
            add(to: &builder, from: back, to: 30, .healthy)
        } else {
            add(to: &builder, from: 0, to: 30, .healthy)
        }
        return builder
    }

    @Test("holds when the endpoint goes red in time and green again")
    func holds() throws {
        let result = try diskFull(noticedAfter: 0.5).judge("health", arguments)
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.sentence.contains("told of 1 outage"))
        let detection = try #require(result.figure("detection time"))
        #expect(abs(detection - 0.5e9) < 0.02e9)
        #expect(result.figure("changes of mind after a fault") == 2)
    }

    @Test("breaks when the endpoint never goes red")
    func lies() throws {
        let result = try diskFull(noticedAfter: nil).judge("health", arguments)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("said '200' of node a while every request to it failed"))
        #expect((result.figure("disagreement time") ?? 0) > 7.5e9)
    }

    @Test("breaks when it goes red too late")
    func late() throws {
        #expect(try diskFull(noticedAfter: 4).judge("health", arguments).status == .broken)
    }

    @Test("breaks when it stays red although the node serves again")
    func staysRed() throws {
        let result = try diskFull(noticedAfter: 0.5, readyAgainAt: 26)
            .judge("health", arguments)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("while every request to it succeeded"))
    }

    @Test("cannot tell when a playbook's outage did not come")
    func untested() throws {
        var arguments = arguments
        arguments["outages"] = .integer(1)
        var builder = empty
        builder.fault("disk.fill", node: "a", from: 10, to: 18)
        builder.load(from: 0, to: 30)
        add(to: &builder, from: 0, to: 30, .healthy)
        let result = try builder.judge("health", arguments)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("the faults did not stop the service"))
        #expect(
            try diskFull(noticedAfter: 0.5).judge("health", arguments).status == .held)
    }

    @Test("lets a node say not ready in a fault window although it still serves")
    func cautious() throws {
        var builder = empty
        builder.fault("disk.fill", node: "a", from: 10, to: 18)
        builder.load(from: 0, to: 30)
        add(to: &builder, from: 0, to: 10, .healthy)
        add(to: &builder, from: 10, to: 18.5, .unhealthy)
        add(to: &builder, from: 18.5, to: 30, .healthy)
        let result = try builder.judge("health", arguments)
        #expect(result.status == .held)
        #expect(result.sentence.contains("the other half was not tested"))
    }

    @Test("breaks when a dead node is called ready")
    func deadNode() throws {
        var builder = empty
        builder.fault("process.kill", node: "a", from: 10, to: 16)
        builder.load(from: 0, to: 10)
        builder.load(from: 12, to: 30, node: "b")
        add(to: &builder, from: 0, to: 30, .healthy)
        #expect(try builder.judge("health", arguments).status == .broken)
    }

    @Test("breaks when the endpoint flaps, but not on a single odd answer")
    func flaps() throws {
        var builder = diskFull(noticedAfter: 0.5)
        let odd = try #require(builder.samples.firstIndex { $0.started > .at(14) })
        builder.samples[odd].result = .healthy
        builder.samples[odd].ended = builder.samples[odd].started
        let steady = try builder.judge("health", arguments)
        #expect(steady.status == .held)
        #expect(steady.figure("changes of mind after a fault") == 2)
        var flapping = diskFull(noticedAfter: 0.5)
        for index in flapping.samples.indices where flapping.samples[index].started > .at(18.5) {
            let isRed = Int(flapping.samples[index].started.seconds * 2) % 3 == 0
            flapping.samples[index].result = isRed ? .unhealthy : .healthy
        }
        let result = try flapping.judge("health", arguments)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("changed its mind"))
    }

    @Test("cannot tell without answers, without requests, and without being asked in the outage")
    func inconclusive() throws {
        #expect(try empty.judge("health", arguments).status == .inconclusive)
        var silent = empty
        add(to: &silent, from: 0, to: 30, .healthy)
        #expect(try silent.judge("health", arguments).status == .inconclusive)
        var away = diskFull(noticedAfter: 0.5)
        away.samples.removeAll { $0.started > .at(10) && $0.ended < .at(19) }
        #expect(try away.judge("health", arguments).status == .inconclusive)
    }

    @Test("does not count answers of a probe that could not ask")
    func unknown() throws {
        var builder = diskFull(noticedAfter: nil)
        for index in builder.samples.indices { builder.samples[index].result = .unknown }
        #expect(try builder.judge("health", arguments).status == .inconclusive)
    }

    @Test("judges a probe without a node by every request")
    func wholeService() throws {
        var builder = diskFull(noticedAfter: nil)
        for index in builder.samples.indices { builder.samples[index].node = "" }
        let result = try builder.judge("health", arguments)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("the service"))
    }

    @Test("refuses a probe that the playbook does not have")
    func unknownProbe() {
        #expect(throws: CheckError.self) {
            try empty.judge("health", ["probe": .string("readiness")])
        }
        #expect(throws: CheckError.self) { try empty.judge("health") }
    }

    @Test("a run of attempts ends where nobody asked")
    func silence() {
        let attempts = [0.0, 0.1, 0.2, 5, 5.1, 5.2, 5.3].map { time in
            Attempt(
                node: "a", started: .at(time), ended: .at(time), outcome: .failed, answer: "507")
        }
        let path = DataPath(attempts, silence: Nanoseconds(1_000_000_000))
        #expect(path.runs.map(\.attempts) == [3, 4])
        #expect(path.runs.map(\.start) == [.at(0), .at(5)])
    }
}
