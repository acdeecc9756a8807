import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

@Suite("clock.skew", .timeLimit(.minutes(1)))
struct ClockSkewTests {
    /// Clocks that are remembered only.
    private final class FakeMeans: SkewMeans {
        let backend = "fake"
        let note = ""
        let clock = "clock"
        let witness = "by the node itself"
        let doubt = ": it may ask the kernel by system calls of its own"
        let period = Duration.milliseconds(200)
        let hit: [AimedObject]
        private let time: FakeClock
        private let reaches: Set<String>
        private let state = Mutex((offset: Int64(0), isStuck: false))

        init(
            _ time: FakeClock, isStuck: Bool = false, reaches: Set<String> = ["a"],
            hit: [AimedObject] = []
        ) {
            self.time = time
            self.reaches = reaches
            self.hit = hit
            state.withLock { $0.isStuck = isStuck }
        }

        func prepare() {}
        func skew(by offset: Duration) { state.withLock { $0.offset = offset.nanoseconds } }
        func remove() { state.withLock { if !$0.isStuck { $0.offset = 0 } } }
        func readBack(_ offset: Duration) {}
        func look(isBrief: Bool) -> NodeRestart.Look {
            NodeRestart.Look(comparisons: [], isResidue: false)
        }
        func reading(of node: String) -> SkewReading? {
            let now = time.now.nanoseconds
            let offset = reaches.contains(node) ? state.withLock(\.offset) : 0
            return SkewReading(node: now + offset, before: now, after: now)
        }
    }

    private func run(
        _ journal: Journal, isStuck: Bool = false, reaches: Set<String> = ["a"],
        hit: [AimedObject] = []
    ) async -> FaultRecord {
        let clock = FakeClock()
        let means = FakeMeans(clock, isStuck: isStuck, reaches: reaches, hit: hit)
        let testbed = FakeTestbed(
            [.fake("a", .primary), .fake("b", .standby)], journal: journal, clock: clock)
        let context = FaultContext.fake(journal, testbed: testbed, clock: clock)
        let injector = ClockSkewInjector(
            identifier: "f1", offset: .seconds(-3600), duration: .seconds(1),
            processes: [
                SelectedProcess(identity: ProcessIdentity(pid: 7, startTime: 1), node: "a")
            ], means: means, testbed: testbed, context: context)
        return await FaultLife(PreparedFault(injector), context: context).run()
    }

    @Test("is confirmed by the node's own readings, and by the other's that did not move")
    func confirmed() async {
        let record = await run(Journal())
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.achieved.map(\.name) == ["clock of node a", "clock of node b"])
        #expect(record.achieved.first?.during?.value ?? 0 < -3.5e12)
        #expect(abs(record.achieved.first?.after?.value ?? .infinity) < 1e9)
    }

    @Test("names what its means have ended beside the processes that it was aimed at")
    func hit() async {
        let successor = AimedObject.process(ProcessIdentity(pid: 8, startTime: 2), node: "a")
        let record = await run(Journal(), hit: [successor])
        #expect(record.objects.count == 2)
        #expect(record.objects.last == successor.description)
    }

    /// The clocks of a process that are remembered only.
    private struct NoClock: WallClock {
        func skew(by offset: Duration) {}
        func restore() {}
        func isOriginal() -> Bool { true }
    }

    @Test("a node's own answer is what its wall clock is read by")
    func wallReading() async {
        let testbed = FakeTestbed(
            [.fake("a", .primary)],
            readClock: { node in
                node == "a" ? NodeClock(wall: RealTimeClock.now - 60_000_000_000) : nil
            })
        let means = WallClockMeans([], testbed: testbed, open: { _ in NoClock() })
        #expect(await means.reading(of: "a")?.allows(.seconds(-60)) == true)
        #expect(await means.reading(of: "b") == nil)
    }

    @Test(
        "is a mismatch where a node asks for the time by other means, and where others moved"
    )
    func mismatch() async {
        let deaf = await run(Journal(), reaches: [])
        #expect(deaf.injection == .mismatch, "\(deaf.proof)")
        #expect(deaf.proof.contains("system calls of its own"), "\(deaf.proof)")
        let wide = await run(Journal(), reaches: ["a", "b"])
        #expect(wide.injection == .mismatch, "\(wide.proof)")
    }

    @Test("is residual when the node's clock does not come back")
    func residual() async {
        let record = await run(Journal(), isStuck: true)
        #expect(record.undo == .residual)
        #expect(record.comparisons.contains { !$0.isSame && $0.what.contains("node a") })
    }

    @Test(
        "is refused without a length, without one direction, and for processes of the host",
        arguments: [
            (["ahead": Duration.seconds(60)], nil, Selector(role: "primary"), "how long"),
            ([:], .seconds(1), Selector(role: "primary"), "one of ahead and behind"),
            (
                ["ahead": .seconds(60), "behind": .seconds(60)], .seconds(1),
                Selector(role: "primary"), "one of ahead and behind"
            ),
            (["ahead": .milliseconds(5)], .seconds(1), Selector(role: "primary"), "less than"),
            (["ahead": .seconds(60)], .seconds(1), Selector(pidFile: "/run/x"), "own reading"),
        ] as [([String: Duration], Duration?, Selector, String)])
    func refused(
        arguments: [String: Duration], duration: Duration?, selector: Selector, reason: String
    ) {
        refuse(arguments.mapValues { .duration($0) }, duration, selector, reason)
    }

    @Test("a monotonic clock is refused for processes that the drill has not started")
    func refusedOutside() {
        refuse(
            ["ahead": .duration(.seconds(60)), "clock": .string("monotonic")], .seconds(1),
            Selector(pidFile: "/run/x"), "started again with another clock")
    }

    private func refuse(
        _ arguments: [String: ArgumentValue], _ duration: Duration?, _ selector: Selector,
        _ reason: String
    ) {
        let step = FaultStep(
            kind: "clock.skew", selector: selector, arguments: Arguments(arguments),
            duration: duration)
        let error = #expect(throws: FaultError.self) {
            try ClockSkew(step: step, identifier: "f1", limits: Limits(processes: 1))
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("a reading is certain within the time that the question took")
    func reading() {
        let second: Int64 = 1_000_000_000
        let reading = SkewReading(node: 3610 * second, before: 9 * second, after: 11 * second)
        #expect(reading.allows(.seconds(3600)))
        #expect(reading.allows(.seconds(3601)))
        #expect(!reading.allows(.seconds(3602)))
        #expect(!reading.allows(.seconds(3598)))
        #expect(!reading.allows(.zero))
    }
}

/// A fault whose injector is there already.
struct PreparedFault: Fault {
    static let declaration = KindDeclaration(kind: "test.prepared", summary: "For tests.")
    static let backends = [BackendNeeds("fake")]
    let identifier = "f1"
    let step = FaultStep(kind: "test.prepared")
    private let injector: any Injector

    init(_ injector: any Injector) { self.injector = injector }

    init(step: FaultStep, identifier: String, limits: Limits) throws { throw Trouble() }

    func plan(system: (any SystemUnderTest)?, host: HostCapabilities) -> Plan.PlannedStep {
        Plan.PlannedStep(line: 0, kind: step.kind, summary: "", objects: [])
    }

    func resolve(in context: FaultContext) async throws -> any Injector { injector }
}
