import Checks
import Playbooks
import Records
import Testing

@Suite("The check failover")
struct FailoverCheckTests {
    private let within: [String: ArgumentValue] = ["within": .duration(.seconds(5))]

    /// Node a is primary until it is killed at 10 s; b acknowledges from `takeover` on.
    private func builder(takeover: Double? = 12, until end: Double = 30) -> EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 10, to: 16)
        builder.load(from: 0, to: 10)
        let back = takeover ?? end
        builder.load(
            from: 10.02, to: back, rate: 20, outcome: .failed, answer: "connection refused")
        if takeover != nil { builder.load(from: back, to: end, node: "b") }
        return builder
    }

    private func role(_ node: String, _ role: NodeRole, at time: Double) -> Event {
        Event(
            time: .at(time), kind: .roleChanged, subject: node,
            message: "node \(node) is \(role.rawValue)")
    }

    @Test("holds when another node acknowledges in time, and prints the three times")
    func holds() throws {
        let result = try builder().judge("failover", within)
        #expect(result.status == .held)
        #expect(
            result.sentence.hasPrefix("Node b acknowledged 2.00 s after node a was hit by f1"))
        #expect(result.figure("RTO_failover") == 2.001e9)
        let gap = try #require(result.figure("RTO_client"))
        #expect(abs(gap - 2.01e9) < 1e6)
        let detection = try #require(result.figure("RTO_detect"))
        #expect(abs(detection - 0.021e9) < 1e6)
    }

    @Test("breaks when it takes too long, and when nobody takes over")
    func tooSlow() throws {
        let slow = try builder(takeover: 16).judge("failover", within)
        #expect(slow.status == .broken)
        #expect(slow.sentence.contains("too slow"))
        let never = try builder(takeover: nil).judge("failover", within)
        #expect(never.status == .broken)
        #expect(never.sentence.contains("No other node acknowledged anything in the"))
    }

    @Test(
        "is inconclusive when it takes too long on a host that strangers keep busy",
        arguments: [16.0, nil] as [Double?])
    func crowded(takeover: Double?) throws {
        var builder = builder(takeover: takeover)
        builder.crowd(from: 20, to: 30, idle: 0.02, others: 0.5)
        #expect(try builder.judge("failover", within).status == .broken)
        builder.crowd(from: 10, to: 30, idle: 0.02, others: 0.5)
        let result = try builder.judge("failover", within)
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("not the drill's took 50.0 %"), "\(result.sentence)")
    }

    @Test("breaks when the old primary wakes up and acknowledges beside the new one")
    func wokenPrimary() throws {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 10, to: 13)
        builder.load(from: 0, to: 10)
        builder.load(from: 13, to: 14.5)
        builder.load(from: 14.6, to: 30, node: "b")
        // Without the news of another primary a late answer is no more than that.
        #expect(try builder.judge("failover", within).status == .held)
        builder.events.append(role("b", .primary, at: 11))
        let result = try builder.judge("failover", within)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("was not fenced"))
        // An orderly way back: b gave the role up before a took it.
        builder.events.append(role("b", .standby, at: 12.5))
        #expect(try builder.judge("failover", within).status == .held)
    }

    @Test("lets an answer go that waited in the paused primary, to what was begun before the pause")
    func waitingAnswer() throws {
        func judged(begun: Double) throws -> CheckResult {
            var builder = EvidenceBuilder()
            builder.fault("process.pause", node: "a", from: 10, to: 13)
            builder.load(from: 0, to: 10)
            builder.enqueue(at: begun, latency: 13.01 - begun, node: "a")
            builder.load(from: 13.1, to: 30, node: "b")
            builder.events.append(role("b", .primary, at: 11))
            return try builder.judge("failover", within)
        }
        #expect(try judged(begun: 9.995).status == .held)
        #expect(try judged(begun: 10.5).status == .broken)
    }

    @Test("judges the isolation of a primary as it judges its death")
    func isolation() throws {
        var builder = builder()
        builder.faults[0].kind = "network.partition"
        builder.faults[0].objects = ["link a to b", "link a to arbiter"]
        #expect(try builder.judge("failover", within).status == .inconclusive)
        builder.faults[0].requested = [Figure("isolated", 0, .none, text: "node b")]
        #expect(try builder.judge("failover", within).status == .inconclusive)
        builder.faults[0].requested = [Figure("isolated", 0, .none, text: "node a")]
        #expect(try builder.judge("failover", within).status == .held)
        builder.load(from: 20, to: 21, node: "a")
        #expect(try builder.judge("failover", within).status == .broken)
    }

    @Test(
        "judges every fault that takes a primary out of the service",
        arguments: ["process.pause", "process.crash_loop", "power.loss", "disk.corrupt"])
    func otherKinds(kind: String) throws {
        var builder = builder()
        builder.faults[0].kind = kind
        #expect(try builder.judge("failover", within).status == .held)
    }

    @Test("cannot tell when the load ended within the bound")
    func loadEnded() throws {
        let result = try builder(takeover: nil, until: 12).judge("failover", within)
        #expect(result.status == .inconclusive)
    }

    @Test("cannot tell without a kill of the primary")
    func noKill() throws {
        var builder = builder()
        builder.faults[0].objects = ["node b, pid 1 started 2"]
        #expect(try builder.judge("failover", within).status == .inconclusive)
        builder.faults = []
        #expect(try builder.judge("failover", within).status == .inconclusive)
        #expect(try EvidenceBuilder().judge("failover", within).status == .inconclusive)
    }

    @Test("breaks when the old primary goes on acknowledging")
    func notFenced() throws {
        var builder = builder()
        builder.load(from: 17, to: 18, node: "a")
        let result = try builder.judge("failover", within)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("100 messages after node b had become primary"))
        #expect(result.sentence.contains("not fenced"))
        #expect(result.figure("acknowledged by the old primary") == 100)
    }

    @Test("lets an attempt go that was begun before the takeover")
    func begunBefore() throws {
        var builder = builder()
        builder.enqueue(at: 11.9, latency: 5, node: "a")
        #expect(try builder.judge("failover", within).status == .held)
    }

    @Test("allows the old primary to acknowledge once it is primary again")
    func failback() throws {
        var builder = builder(until: 20)
        builder.events.append(role("b", .standby, at: 20))
        builder.events.append(role("a", .primary, at: 20.4))
        builder.load(from: 20.1, to: 25, node: "a")
        #expect(try builder.judge("failover", within).status == .held)
    }

    @Test("breaks when two nodes go on as primary at once, whatever the old one calls itself")
    func twoPrimaries() throws {
        var builder = builder()
        builder.events.append(role("a", .primary, at: 17))
        builder.load(from: 17, to: 18, node: "a")
        #expect(try builder.judge("failover", within).status == .broken)
    }

    @Test("breaks when the old primary serves everybody while the new one is left alone")
    func forgottenPrimary() throws {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 10, to: 12.5)
        builder.load(from: 0, to: 10)
        builder.enqueue(at: 12.49, node: "b")
        builder.load(from: 12.51, to: 15.5)
        builder.load(from: 15.6, to: 30, node: "b")
        builder.events += [
            role("b", .primary, at: 11), role("a", .primary, at: 12.6),
            role("a", .standby, at: 15.5), role("b", .primary, at: 16),
        ]
        let result = try builder.judge("failover", within)
        #expect(result.status == .broken, "\(result.sentence)")
        #expect(result.figure("acknowledged by the old primary") == 299)
    }

    @Test("finds the primary by its role when nothing was acknowledged before the kill")
    func byRole() throws {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 10, to: 16)
        builder.samples = [
            ProbeSample(
                probe: "ready", node: "a", role: .primary, started: .at(9), ended: .at(9),
                result: .healthy, answer: "200")
        ]
        builder.load(from: 11, to: 30, node: "b")
        #expect(try builder.judge("failover", within).status == .held)
    }

    @Test("judges every kill of a primary and lets the worst decide")
    func twoKills() throws {
        var builder = builder(until: 20)
        builder.fault("process.kill", node: "b", from: 20, to: 26)
        builder.load(from: 28, to: 40, node: "a")
        let result = try builder.judge("failover", within)
        #expect(result.status == .broken)
        #expect(result.sentence.contains("f2"))
        #expect(result.details.count == 2)
    }
}
