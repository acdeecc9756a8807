import Checks
import Playbooks
import Records
import Testing

@Suite("The check no_failover")
struct NoFailoverCheckTests {
    /// Node a is primary and acknowledges; its link is slow from 10 s to 20 s.
    private func builder(primary: String? = "a") -> EvidenceBuilder {
        var builder = EvidenceBuilder()
        builder.phase(.baseline, from: 0, to: 10)
        builder.phase(.drain, from: 30, to: 32)
        builder.fault("network.delay", node: "b", from: 10, to: 20)
        builder.load(from: 0, to: 30)
        if let primary { builder.events.append(role(primary, .primary, at: 1)) }
        return builder
    }

    private func role(_ node: String, _ role: NodeRole, at time: Double) -> Event {
        Event(
            time: .at(time), kind: .roleChanged, subject: node,
            message: "node \(node) is \(role.rawValue)")
    }

    @Test("holds while one node stays primary, though it was not always known")
    func holds() throws {
        var builder = builder()
        builder.events += [role("a", .unknown, at: 12), role("a", .primary, at: 13)]
        builder.events.append(role("b", .standby, at: 14))
        // After the load the roles no longer matter.
        builder.events.append(role("b", .primary, at: 31))
        let result = try builder.judge("no_failover")
        #expect(result.status == .held, "\(result.sentence)")
        #expect(result.figure("changes of the primary") == 0)
    }

    @Test("breaks when another node becomes primary, or the primary steps down")
    func breaks() throws {
        for change in [role("b", .primary, at: 15), role("a", .standby, at: 15)] {
            var builder = builder()
            builder.events.append(change)
            let result = try builder.judge("no_failover")
            #expect(result.status == .broken)
            #expect(result.sentence.contains(change.message))
        }
    }

    @Test("breaks when another node acknowledges, whatever the roles say")
    func acknowledged() throws {
        var builder = builder()
        builder.enqueue(at: 16, node: "b")
        let result = try builder.judge("no_failover")
        #expect(result.status == .broken)
        #expect(result.sentence.contains("node b acknowledged"))
    }

    @Test("is inconclusive when strangers kept the host busy before the primary changed")
    func crowded() throws {
        for isKnown in [true, false] {
            var builder = builder()
            if isKnown { builder.events.append(role("b", .primary, at: 16)) }
            builder.enqueue(at: 16.5, node: "b")
            builder.crowd(from: 17, to: 30, idle: 0.02, others: 0.5)
            #expect(try builder.judge("no_failover").status == .broken)
            builder.crowd(from: 5, to: 30, idle: 0.02, others: 0.5)
            let result = try builder.judge("no_failover")
            #expect(result.status == .inconclusive)
            #expect(result.sentence.contains("not the drill's took"), "\(result.sentence)")
        }
    }

    @Test("is inconclusive when nobody was known to be primary")
    func unknown() throws {
        #expect(try builder(primary: nil).judge("no_failover").status == .inconclusive)
    }
}
