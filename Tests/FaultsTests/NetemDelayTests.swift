import FaultProxy
import Glibc
import Kernel
import NIOPosix
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@testable import Faults

@Suite("network.delay by netem", .timeLimit(.minutes(1)))
struct NetemDelayTests {
    private func life(
        _ netem: FakeNetem, clock: FakeClock, claims: InterfaceClaims = InterfaceClaims()
    ) -> QueueingLife {
        let context = FaultContext.fake(netem.journal, clock: clock)
        return QueueingLife(
            interface: "lo", index: 1, control: netem, longestDelay: .milliseconds(100),
            claims: claims
        ) { bound, condition in
            _ = await context.wait(atMost: bound, until: condition)
        }
    }

    @Test("is taken out when the last packet has left, and none is lost")
    func graceful() async throws {
        let netem = FakeNetem(Journal()) { $0.queued = 20 }
        let life = life(netem, clock: FakeClock())
        try await life.snapshot()
        try await life.inject()
        #expect(await life.comparisons().map(\.isSame) == [false])
        try await life.revert(isBrief: false)
        #expect(netem.journal.entries == ["install", "subside", "remove"])
        #expect(await life.account == QueueingLife.Account(packets: 50))
        #expect(await life.heals().map(\.confirmed) == [true])
        let comparison = try #require(await life.comparisons().first)
        #expect(comparison.isSame)
        #expect(comparison.what == "qdiscs of lo")
        try await life.revert(isBrief: false)
        #expect(netem.journal.entries.count == 3)
    }

    @Test("is refused where another fault of the drill is, by its name, until that one ends")
    func second() async throws {
        let claims = InterfaceClaims()
        let (first, other) = (FakeNetem(Journal()), FakeNetem(Journal()))
        let life = life(first, clock: FakeClock(), claims: claims)
        let second = self.life(other, clock: FakeClock(), claims: claims)
        try await life.snapshot()
        _ = await life.undoRecord(identifier: "f1")
        // Nothing is on record yet, and the other one must not take it for its own before.
        let refusal = await #expect(throws: FaultError.self) { try await second.snapshot() }
        #expect(refusal?.reason.contains("fault f1 of this drill") == true)
        #expect(refusal?.remedy.contains("proxy") == false)
        try await life.inject()
        // What was never in does not give the first one's place away, and has nothing to compare.
        try await second.revert(isBrief: false)
        #expect(await second.comparisons().isEmpty)
        #expect(other.journal.entries == [])
        try await life.revert(isBrief: false)
        await #expect(throws: FaultError.self) { try await second.snapshot() }
        #expect(await life.comparisons().map(\.isSame) == [true])
        try await second.snapshot()
        try await second.inject()
        #expect(other.journal.entries == ["install"])
    }

    @Test("gives its place back when its life ends before it was in")
    func ended() async throws {
        let claims = InterfaceClaims()
        var life: QueueingLife? = self.life(
            FakeNetem(Journal()), clock: FakeClock(), claims: claims)
        try await life?.snapshot()
        #expect(throws: FaultError.self) { try claims.check("lo", at: .init(index: 1)) }
        life = nil
        try claims.check("lo", at: .init(index: 1))
    }

    @Test("waits for packets beside the aim before it goes in and out, and counts what is lost")
    func others() async throws {
        let tree = QueueingTree(qdiscs: [
            TrafficControlObject(
                handle: 0x5_0000, parent: Qdisc.root, info: 0,
                attributes: [8, 0, 1, 0, 116, 98, 102, 0])
        ])
        let netem = FakeNetem(Journal()) { state in
            state.prior = tree
            state.others = 20
        }
        let calm = life(netem, clock: FakeClock())
        try await calm.snapshot()
        try await calm.inject()
        try await calm.revert(isBrief: false)
        #expect(await calm.account == QueueingLife.Account(packets: 50))
        #expect(await calm.heals().map(\.confirmed) == [true, true])

        // A queue that never ends is not waited for longer than a second.
        netem.state.withLock { state in
            state.others = 9
            state.othersLeaving = 0
        }
        let clock = FakeClock()
        let fed = life(netem, clock: clock)
        try await fed.snapshot()
        try await fed.inject()
        #expect(clock.now.nanoseconds <= 1_100_000_000)
        try await fed.revert(isBrief: false)
        #expect(
            await fed.account
                == QueueingLife.Account(packets: 50, othersLostAtInject: 9, othersLostAtHeal: 9))
        let line = try #require(await fed.heals().last)
        #expect(line.during?.value == 9 && line.after?.value == 9 && !line.confirmed)
    }

    @Test("leaves its place to others when it could not be put in")
    func failed() async throws {
        let claims = InterfaceClaims()
        let broken = FakeNetem(Journal()) {
            $0.installFailure = KernelError(call: "netem", object: "lo", reason: .errno(12))
        }
        let life = life(broken, clock: FakeClock(), claims: claims)
        try await life.snapshot()
        _ = await life.undoRecord(identifier: "f1")
        await #expect(throws: KernelError.self) { try await life.inject() }
        try await life.revert(isBrief: false)
        #expect(await life.comparisons().map(\.isSame) == [true])
        try claims.check("lo", at: .init(index: 1))
    }

    @Test("whose interface is gone has left nothing, and says so")
    func gone() async throws {
        let netem = FakeNetem(Journal()) { $0.restoration = .interfaceGone }
        let life = life(netem, clock: FakeClock())
        try await life.snapshot()
        try await life.inject()
        try await life.revert(isBrief: true)
        let comparison = try #require(await life.comparisons().first)
        #expect(comparison.isSame && comparison.after == "the interface is gone")
    }

    @Test("over somebody's queueing has an undo record with all of it")
    func prior() async throws {
        let tree = QueueingTree(qdiscs: [
            TrafficControlObject(
                handle: 0x5_0000, parent: Qdisc.root, info: 0,
                attributes: [8, 0, 1, 0, 116, 98, 102, 0]
            )
        ])
        let life = life(FakeNetem(Journal()) { $0.prior = tree }, clock: FakeClock())
        try await life.snapshot()
        let record = await life.undoRecord(identifier: "f1")
        #expect(
            record.reversal
                == .restoreQdiscs(interface: "lo", index: 1, handle: 0x4004_0000, prior: tree))
        #expect(await life.comparisons().first?.before == "tbf 5: root")
    }

    @Test("counts the packets that are lost when it must go before they have left")
    func lossy() async throws {
        let netem = FakeNetem(Journal()) { state in
            state.queued = 7
            state.leaving = 0
            state.drops = 2
        }
        let clock = FakeClock()
        let life = life(netem, clock: clock)
        try await life.inject()
        try await life.revert(isBrief: false)
        #expect(clock.now.nanoseconds >= 1_100_000_000)
        let account = QueueingLife.Account(packets: 50, drops: 2, lostAtHeal: 7)
        #expect(await life.account == account)
        let heal = try #require(await life.heals().first)
        #expect(!heal.confirmed)
        #expect(heal.after?.value == 7)
    }

    @Test("does not count what it loses as asked, until its steering ends, as lost by the heal")
    func lossUntilTheEnd() async throws {
        let netem = FakeNetem(Journal()) { state in
            state.drops = 2_964
            state.dropsUntilSubsided = 3
        }
        let life = life(netem, clock: FakeClock())
        try await life.inject()
        try await life.revert(isBrief: false)
        #expect(
            await life.account == QueueingLife.Account(packets: 50, drops: 2_967, lostAtHeal: 0))
        #expect(await life.heals().first?.confirmed == true)
    }

    @Test("waits only a moment when the drill wants an end")
    func brief() async throws {
        let netem = FakeNetem(Journal()) { state in
            state.queued = 7
            state.leaving = 0
        }
        let clock = FakeClock()
        let life = life(netem, clock: clock)
        try await life.inject()
        try await life.revert(isBrief: true)
        #expect(clock.now.nanoseconds < 1_000_000_000)
        #expect(netem.journal.entries.last == "remove")
    }

    @Test("that never went in takes nothing out: what is there is another drill's")
    func foreign() async throws {
        let netem = FakeNetem(Journal()) {
            $0.installFailure = KernelError(call: "netlink", object: "prio", reason: .errno(EEXIST))
        }
        let life = life(netem, clock: FakeClock())
        await #expect(throws: KernelError.self) { try await life.inject() }
        try await life.revert(isBrief: false)
        #expect(netem.journal.entries == ["install"])
        #expect(await life.heals().isEmpty)
    }

    @Test("that reads back otherwise is an error with the parameter, and a missing seed a note")
    func reading() async throws {
        let netem = FakeNetem(Journal()) {
            $0.reading = QueueingReading(differences: ["jitter (ns): asked 1, found 0"])
        }
        let life = life(netem, clock: FakeClock())
        let error = await #expect(throws: FaultError.self) { try await life.readBack() }
        #expect(error?.reason.contains("jitter") == true)
        netem.state.withLock { $0.reading = QueueingReading(notes: ["no seed"]) }
        try await life.readBack()
        #expect(await life.notes == ["no seed"])
    }

    @Test("has an undo record that names the qdisc and its interface")
    func undo() async {
        let life = life(FakeNetem(Journal()), clock: FakeClock())
        let record = await life.undoRecord(identifier: "f1")
        let expected = Reversal.deleteQdisc(interface: "lo", index: 1, handle: 0x4004_0000)
        #expect(record.reversal == expected)
        #expect(record.summary == "netem 4004: on lo")
    }

    @Test("is aimed at the packets of the link's proxy alone, and the limits must name lo")
    func aim() async throws {
        let proxy = try await FaultProxy.start(
            name: "clients to a", upstreamPort: 7001,
            group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        let aim = try TestbedLink(source: "clients", destination: "a", proxy: proxy).aim
        await proxy.stop()
        #expect("\(aim)" == "TCP from \(proxy.sourceAddress) to 127.0.0.1 port 7001")
        let delay = NetemDelay(
            aims: [aim], life: life(FakeNetem(Journal()), clock: FakeClock()))
        #expect(delay.objects == [.packets(interface: "lo", aim)])
        let radius = BlastRadius(limits: Limits(interfaces: ["lo"]), protected: [:])
        try radius.check(delay.objects)
        #expect(throws: FaultError.self) {
            try BlastRadius(limits: Limits(), protected: [:]).check(delay.objects)
        }
    }

    @Test("is not chosen where somebody's qdisc is on the interface, and the note says so")
    func obstacle() throws {
        let choice = try DelayBackendChoice(
            asked: "auto", host: .fake(netem: true), limits: Limits(interfaces: ["lo"]),
            obstacle: "somebody has put tbf 1: root there")
        #expect(choice.backend == .proxy)
        #expect(choice.note.contains("tbf"))
    }

    @Test("has handles of its own for each process, of those that no kernel gives away")
    func handles() {
        #expect(PortNetem.handle(ofProcess: 1) == 0x4002_0000)
        #expect(PortNetem.handle(ofProcess: 0x1fff) == 0x7ffe_0000)
        #expect(PortNetem.handle(ofProcess: 0x2001) == 0x4002_0000)
    }
}
