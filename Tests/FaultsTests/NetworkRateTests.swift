import Kernel
import Playbooks
import Records
import Synchronization
import Testing

@testable import Faults

@Suite("network.rate")
struct NetworkRateTests {
    /// Looks at a path that carries `rate` bytes a second, one every 10 ms.
    private func account(rate: Double, looks: Int, queued: (Int) -> UInt32) -> RateAccount {
        var account = RateAccount()
        for number in 0..<looks {
            account.note(
                RateAccount.Look(
                    time: DrillTime(nanoseconds: Int64(number) * 10_000_000),
                    bytes: UInt64(rate * Double(number) / 100), queuedBytes: queued(number)))
        }
        return account
    }

    @Test(
        "is confirmed within 3 % and a mismatch beyond",
        arguments: [
            (100_000.0, FaultRecord.Injection.confirmed), (102_900, .confirmed),
            (97_100, .confirmed), (103_500, .mismatch), (96_000, .mismatch), (0, .unproven),
        ])
    func judgement(rate: Double, injection: FaultRecord.Injection) {
        let account = account(rate: rate, looks: 301) { _ in 5000 }
        let proof = account.proof(asked: 100_000, link: "clients to a", packet: 242)
        #expect(proof.injection == injection, "\(proof.sentence)")
        #expect(account.spans == 300)
    }

    @Test("spans at whose ends nothing waited do not count")
    func idle() {
        let account = account(rate: 100_000, looks: 101) { $0 < 51 ? 5000 : 0 }
        #expect(account.spans == 50)
        #expect(account.saturated == 500_000_000)
        let never = self.account(rate: 100_000, looks: 101) { _ in 0 }
        #expect(never.rate == nil)
        #expect(
            never.proof(asked: 100_000, link: "", packet: 242).injection == .unproven)
    }

    @Test("spans in which all that waited may have left do not count")
    func late() {
        let account = account(rate: 1_000_000, looks: 11) { $0 < 6 ? 10_000 : 9999 }
        #expect(account.spans == 6)
    }

    @Test("a few packets prove nothing, however exact they are")
    func few() {
        let account = account(rate: 100_000, looks: 6) { _ in 5000 }
        #expect(account.proof(asked: 100_000, link: "", packet: 242).injection == .unproven)
    }

    @Test("counters that fall belong to another class, and that span does not count")
    func fallen() {
        var account = RateAccount()
        for (time, bytes) in [(0, 500), (10, 900), (20, 100), (30, 500)] as [(Int64, UInt64)] {
            account.note(
                RateAccount.Look(
                    time: DrillTime(nanoseconds: time * 1_000_000), bytes: bytes, queuedBytes: 900))
        }
        #expect(account.spans == 2)
        #expect(account.bytes == 800)
    }

    @Test(
        "overheads and cells count, and the range of what they may come to decides",
        arguments: [
            // 100 packets of 1000 bytes in a second.
            (
                NetemRate(bytesPerSecond: 102_400, packetOverhead: 24),
                FaultRecord.Injection.confirmed
            ),
            (NetemRate(bytesPerSecond: 100_000, packetOverhead: 100), .mismatch),
            (NetemRate(bytesPerSecond: 112_000, cellSize: 48, cellOverhead: 5), .confirmed),
            (NetemRate(bytesPerSecond: 100_000, cellSize: 48, cellOverhead: 5), .mismatch),
            (NetemRate(bytesPerSecond: 125_000, cellSize: 48, cellOverhead: 5), .mismatch),
        ])
    func counted(rate: NetemRate, injection: FaultRecord.Injection) {
        var account = RateAccount()
        for number in 0..<101 {
            account.note(
                RateAccount.Look(
                    time: DrillTime(nanoseconds: Int64(number) * 10_000_000),
                    bytes: UInt64(number) * 1000, queuedBytes: 9000, packets: UInt32(number)))
        }
        let proof = account.proof(asked: rate, link: "clients to a", packet: 1000)
        #expect(proof.injection == injection, "\(proof.sentence)")
    }

    @Test("takes netem for overheads and cells, and refuses them where htb is asked for")
    func backends() throws {
        let made = { (arguments: [String: ArgumentValue]) in
            var step = step(100_000, .seconds(5))
            let all = arguments.merging(["bytes_per_second": .byteCount(ByteCount(100_000))]) {
                $1
            }
            step.arguments = Arguments(all)
            return try RateArguments(step)
        }
        #expect(try made([:]).backend == .htb)
        #expect(try made(["backend": .string("netem")]).backend == .netem)
        let cells = try made(["cell_size": .integer(48), "cell_overhead": .integer(5)])
        #expect(cells.backend == .netem)
        #expect(cells.words == "100 kB a second, in cells of 48 that count 5 more")
        #expect(cells.tree([]).kind == "netem")
        for wrong in [
            ["backend": .string("htb"), "packet_overhead": .integer(24)],
            ["cell_overhead": .integer(5)],
            ["cell_size": .integer(48), "cell_overhead": .integer(-48)],
        ] as [[String: ArgumentValue]] {
            #expect(throws: FaultError.self) { _ = try made(wrong) }
        }
    }

    @Test(
        "takes netem where the host has no htb, unless the playbook insists, and says what is missing"
    )
    func missingKind() throws {
        var host = HostCapabilities.fake(netem: true)
        host.tokenBuckets = .init("htb", isPresent: false, reason: "not found")
        let open = try RateArguments(step(100_000, .seconds(5)))
        #expect(open.chosen(for: host).backend == .netem)
        #expect(open.chosen(for: host).lacks(host).isEmpty)
        #expect(open.chosen(for: .fake(netem: true)).backend == .htb)
        var insisting = step(100_000, .seconds(5))
        insisting.arguments = Arguments([
            "bytes_per_second": .byteCount(ByteCount(100_000)), "backend": .string("htb"),
        ])
        let asked = try RateArguments(insisting).chosen(for: host)
        #expect(asked.backend == .htb)
        #expect(asked.lacks(host) == ["sch_htb is absent (not found)"])
        host.netem.isPresent = false
        #expect(open.chosen(for: host).lacks(host) == ["sch_htb is absent (not found)"])
        let plan = try NetworkRate(
            step: step(100_000, .seconds(5)), identifier: "f1",
            limits: Limits(interfaces: ["lo"])
        ).plan(system: nil, host: host)
        #expect(plan.backend.isEmpty)
        #expect(plan.backendNote.contains("sch_htb is absent"))
    }

    @Test(
        "refuses what it could not do, with the way to put it right",
        arguments: [
            (9_999, 10, "under 10000"), (100_000_000_000, 10, "100 Gbit/s"),
            (100_000, 1, "two seconds"), (100_000, nil, "two seconds"),
        ] as [(Int64, Int?, String)])
    func refusals(bytes: Int64, seconds: Int?, reason: String) {
        #expect {
            try NetworkRate(
                step: step(bytes, seconds.map { .seconds($0) }), identifier: "f1",
                limits: Limits(interfaces: ["lo"]))
        } throws: {
            "\($0)".contains(reason)
        }
    }

    @Test("says in the plan what stands in its way, and refuses to begin")
    func obstacles() async throws {
        let fault = try NetworkRate(
            step: step(100_000, .seconds(5)), identifier: "f1", limits: Limits())
        let plan = fault.plan(system: nil, host: .fake(administration: false))
        #expect(plan.backendNote.contains("CAP_NET_ADMIN"))
        #expect(plan.backendNote.contains("limits.interfaces"))
        let context = FaultContext.fake(
            Journal(), testbed: FakeTestbed([.fake("a", .primary)]), limits: Limits())
        await #expect {
            _ = try await fault.resolve(in: context)
        } throws: {
            "\($0)".contains("limits.interfaces")
        }
        #expect(
            NetworkRate.obstacles(host: .fake(), limits: Limits(interfaces: ["lo"])).isEmpty)
    }

    /// Takes every packet, and hands over those beside the path.
    private final class Sink: RateTraffic {
        static let headers = 42
        let filled = Mutex(0)
        let beside = Mutex(0)

        func fill(number: UInt64, bytes: Int) { filled.withLock { $0 += bytes + Self.headers } }
        func sendBeside(number: UInt64, bytes: Int) -> Bool {
            beside.withLock { $0 += 1 }
            return true
        }
        func takeArrivals() -> Int {
            beside.withLock { beside in
                defer { beside = 0 }
                return beside
            }
        }
    }

    @Test("fills the path up to a tenth of a second beside what is delayed, until enough is seen")
    func filling() {
        let time = Mutex(Int64(0))
        var trial = RateTrial(
            NetemRate(bytesPerSecond: 1_000_000), delay: .milliseconds(500), enough: .seconds(1),
            headers: 42, now: { DrillTime(nanoseconds: time.withLock { $0 }) })
        let sink = Sink()
        var queued = 0
        for look in 0..<300 where !trial.isOver {
            time.withLock { $0 = Int64(look) * 10_000_000 }
            // What has left is a hundredth of a second of the rate, once half a second has passed.
            let left = max(0, look - 50) * 10_000
            queued = sink.filled.withLock { $0 } - left
            trial.look(
                QdiscStatistics(
                    bytes: UInt64(left), packets: UInt32(left / 1442), queuedBytes: UInt32(queued)),
                through: sink)
        }
        trial.end(sink)
        #expect(trial.isOver)
        #expect((500_000...700_000).contains(queued))
        let proof = trial.proof(over: "eth1")
        #expect(proof.injection == .confirmed, "\(proof.sentence)")
        let doubted = proof.achieved.filter { !$0.confirmed }.map(\.name)
        #expect(doubted.isEmpty, "\(doubted)")
    }

    @Test("leaves a path alone that never meets its bound, and says how much it has taken")
    func givingUp() {
        let time = Mutex(Int64(0))
        var trial = RateTrial(
            NetemRate(bytesPerSecond: 1_000_000_000), enough: .seconds(3), headers: 42,
            now: { DrillTime(nanoseconds: time.withLock { $0 }) })
        let sink = Sink()
        for look in 0..<310 {
            time.withLock { $0 = Int64(look) * 10_000_000 }
            trial.look(
                QdiscStatistics(bytes: UInt64(sink.filled.withLock { $0 })), through: sink)
        }
        let filled = sink.filled.withLock { $0 }
        trial.look(QdiscStatistics(bytes: UInt64(filled)), through: sink)
        let filledThen = sink.filled.withLock { $0 }
        #expect(filledThen == filled)
        let proof = trial.proof(over: "eth1")
        #expect(proof.injection == .unproven)
        #expect(proof.sentence.contains("did not reach it"), "\(proof.sentence)")
    }

    private func step(_ bytes: Int64, _ duration: Duration?) -> FaultStep {
        FaultStep(
            kind: "network.rate",
            selector: Selector(link: Selector.Link(source: "clients", destination: "primary")),
            arguments: Arguments(["bytes_per_second": .byteCount(ByteCount(bytes))]),
            duration: duration)
    }
}
