import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing
import Undo

@testable import Faults

/// netem as its source has it, over packets that come every 2 ms; seeded.
struct SimulatedNetem {
    var parameters: NetemParameters
    var seed: UInt64 = 1

    func run(_ count: Int) -> PacketTally {
        var random = SeededGenerator(seed: seed)
        func hits(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
        var tally = PacketTally()
        var isBad = false
        var sinceEarly: UInt32 = 0
        func isLost() -> Bool {
            switch parameters.loss {
            case .random(let share): return hits(share)
            case .gilbertElliott(let model):
                let lost = hits(isBad ? model.lossInBad : model.lossInGood)
                if hits(isBad ? model.leaving : model.entering) { isBad.toggle() }
                return lost
            case .fourState: return false
            }
        }
        for number in 0..<count {
            tally.send()
            let sentAt = DrillTime(nanoseconds: Int64(number) * 2_000_000)
            var copies = 1
            if hits(parameters.duplicate) { copies += 1 }
            if isLost() { copies -= 1 }
            if copies == 2, isLost() { copies -= 1 }
            for _ in 0..<copies {
                let isEarly =
                    parameters.reorder > 0 && sinceEarly >= parameters.reorderGap - 1
                    && hits(parameters.reorder)
                sinceEarly = isEarly ? 0 : sinceEarly + 1
                let delay = isEarly ? Duration.zero : parameters.delay
                let packet = TrialPacket(number: UInt32(number), sentAt: sentAt)
                tally.receive(
                    hits(parameters.corrupt) ? nil : packet,
                    at: sentAt + Nanoseconds(.milliseconds(1) + delay))
            }
        }
        return tally
    }
}

/// Trials that were described beforehand, the last one again and again.
private actor ScriptedTrial: PacketTrial {
    private var tallies: [PacketTally]

    init(_ tallies: [PacketTally]) { self.tallies = tallies }

    func run(for duration: Duration, drain: Duration) -> PacketTally {
        tallies.count > 1 ? tallies.removeFirst() : tallies[0]
    }
}

@Suite("network.shape", .timeLimit(.minutes(1)))
struct NetworkShapeTests {
    private static let shapes: [NetemParameters] = [
        NetemParameters(loss: 0.05), NetemParameters(loss: 1), NetemParameters(duplicate: 0.1),
        NetemParameters(corrupt: 0.03), NetemParameters(delay: .milliseconds(50)),
        NetemParameters(delay: .milliseconds(50), reorder: 0.25, reorderGap: 3),
        NetemParameters(loss: 0.2, duplicate: 0.2),
        NetemParameters(
            delay: .milliseconds(20), loss: NetemLoss.bursts(rate: 0.05, burst: 4) ?? .none),
    ]

    private func trials(_ parameters: NetemParameters, seed: UInt64 = 1) -> ShapeJudgement.Trials {
        let calm = SimulatedNetem(parameters: NetemParameters()).run(500)
        return ShapeJudgement.Trials(
            before: calm, during: SimulatedNetem(parameters: parameters, seed: seed).run(5000),
            after: calm, beside: calm)
    }

    @Test("is confirmed when netem does what was asked", arguments: shapes.indices)
    func confirmed(index: Int) {
        let parameters = Self.shapes[index]
        // The interval is of 99.9 %, and the seeds are fixed.
        for seed in 4...8 as ClosedRange<UInt64> {
            let proof = ShapeJudgement(parameters: parameters)
                .proof(trials(parameters, seed: seed))
            #expect(proof.injection == .confirmed, "\(parameters): \(proof.sentence)")
        }
    }

    @Test("is a mismatch when netem does anything else", arguments: shapes.indices)
    func mismatch(index: Int) {
        for other in Self.shapes.indices where other != index {
            let proof = ShapeJudgement(parameters: Self.shapes[index])
                .proof(trials(Self.shapes[other]))
            #expect(proof.injection == .mismatch, "\(index) as \(other): \(proof.sentence)")
        }
        let proof = ShapeJudgement(parameters: Self.shapes[index])
            .proof(trials(NetemParameters()))
        #expect(proof.injection == .mismatch)
    }

    @Test("is a mismatch when single losses were made of bursts")
    func singles() throws {
        let bursts = NetemParameters(
            loss: try #require(NetemLoss.bursts(rate: 0.05, burst: 4)))
        let proof = ShapeJudgement(parameters: bursts).proof(trials(NetemParameters(loss: 0.05)))
        #expect(proof.injection == .mismatch)
        #expect(proof.sentence.contains("in a row"))
    }

    @Test("is a mismatch when a flow beside the aim was hit as well")
    func beside() {
        let parameters = NetemParameters(loss: 0.05)
        var trials = trials(parameters)
        trials.beside = trials.during
        let proof = ShapeJudgement(parameters: parameters).proof(trials)
        #expect(proof.injection == .mismatch)
        #expect(proof.sentence.contains("beside"))
    }

    /// A steady flow whose packets are looked for only each `pause`, so that all times are late.
    private func rarelySeen(delay: Duration, pause: Duration) -> PacketTally {
        var tally = PacketTally()
        let looks = Nanoseconds(pause).count
        for number in 0..<2000 {
            tally.send()
            let sent = Int64(number) * 2_000_000
            let look = ((sent + Nanoseconds(delay).count) / looks + 1) * looks
            tally.receive(
                TrialPacket(number: UInt32(number), sentAt: DrillTime(nanoseconds: sent)),
                at: DrillTime(nanoseconds: look), lastLook: DrillTime(nanoseconds: look - looks))
        }
        return tally
    }

    @Test(
        "is unproven, and no mismatch, where a busy host took packets too late to tell",
        arguments: [
            (40, 40, 1, FaultRecord.Injection.confirmed), (40, 40, 50, .unproven),
            // However late they are taken, these came too early, or too late.
            (40, 5, 25, .mismatch), (40, 200, 50, .mismatch),
        ])
    func crowded(
        asked: Int, delay: Int, pause: Int, expected: FaultRecord.Injection
    ) {
        let parameters = NetemParameters(delay: .milliseconds(asked))
        let pause = Duration.milliseconds(pause)
        let calm = rarelySeen(delay: .milliseconds(1), pause: .milliseconds(1))
        let proof = ShapeJudgement(parameters: parameters).proof(
            .init(
                before: calm, during: rarelySeen(delay: .milliseconds(delay), pause: pause),
                beside: calm))
        #expect(proof.injection == expected, "\(proof.sentence)")
        #expect((expected == .unproven) == proof.sentence.contains("too busy"))
    }

    @Test("is unproven when the flow beside the aim may only have been taken late")
    func crowdedBeside() {
        let parameters = NetemParameters(loss: 0.05)
        var trials = trials(parameters)
        trials.beside = rarelySeen(delay: .milliseconds(1), pause: .milliseconds(100))
        #expect(ShapeJudgement(parameters: parameters).proof(trials).injection == .unproven)
        trials.beside = rarelySeen(delay: .milliseconds(250), pause: .milliseconds(100))
        #expect(ShapeJudgement(parameters: parameters).proof(trials).injection == .mismatch)
    }

    @Test("is unproven by too few packets")
    func unproven() {
        let parameters = NetemParameters(loss: 0.01)
        var trials = trials(parameters)
        trials.during = SimulatedNetem(parameters: parameters).run(200)
        #expect(ShapeJudgement(parameters: parameters).proof(trials).injection == .unproven)
    }

    private func step(
        _ arguments: [String: ArgumentValue], duration: Duration? = .seconds(30)
    ) -> FaultStep {
        FaultStep(
            kind: "network.shape",
            selector: Selector(link: Selector.Link(source: "clients", destination: "primary")),
            arguments: Arguments(arguments), duration: duration)
    }

    @Test(
        "refuses what netem cannot do, what cannot be proven, and what does not do what it says",
        arguments: [
            ("does nothing", [:], .seconds(30)),
            (
                "from 100 kB to 12.5 GB", ["bytes_per_second": .byteCount(ByteCount(20_000))],
                .seconds(30)
            ),
            (
                "no rate that could be measured",
                [
                    "bytes_per_second": .byteCount(ByteCount(1_000_000)),
                    "delay": .duration(.milliseconds(50)), "reorder": .ratio(.percent(5)),
                ], .seconds(30)
            ),
            (
                "0.16 %", ["loss": .ratio(.percent(20)), "correlation": .ratio(.percent(75))],
                .seconds(30)
            ),
            ("long enough", ["loss": .ratio(.percent(0.01))], .seconds(30)),
            ("long enough", ["loss": .ratio(.percent(5))], nil),
            ("needs a delay", ["reorder": .ratio(.percent(5))], .seconds(30)),
            (
                "needs a jitter",
                [
                    "delay": .duration(.seconds(1)), "distribution": .string("normal"),
                ], .seconds(30)
            ),
            (
                "bursts so short",
                [
                    "loss": .mapping(
                        Arguments(["rate": .ratio(.percent(90)), "burst": .number(2)]))
                ], .seconds(30)
            ),
            (
                "told from a copy",
                [
                    "duplicate": .ratio(.percent(5)), "corrupt": .ratio(.percent(5)),
                ], .seconds(30)
            ),
            ("cannot be read", ["round_trips": .string("/nonexistent")], .seconds(30)),
        ] as [(String, [String: ArgumentValue], Duration?)])
    func refused(reason: String, arguments: [String: ArgumentValue], duration: Duration?) {
        let error = #expect(throws: FaultError.self) {
            try NetworkShape(
                step: step(arguments, duration: duration), identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("reads bursts as a Gilbert-Elliott model")
    func bursts() throws {
        let arguments = try ShapeArguments(
            step([
                "loss": .mapping(Arguments(["rate": .ratio(.percent(5)), "burst": .number(4)]))
            ]), seed: 7)
        #expect(arguments.parameters.loss == NetemLoss.bursts(rate: 0.05, burst: 4))
        #expect(arguments.parameters.seed == 7)
        #expect(arguments.words == ["loss 5.0 %", "4 in a row"])
    }

    @Test("replays measured round trips out of a file")
    func replay() throws {
        let path = "/tmp/firedrill-round-trips-\(getpid())"
        defer { unlink(path) }
        let lines = (0..<100).map { $0 < 90 ? "10 ms" : "60 ms" }
        try ("# measured\n" + lines.joined(separator: "\n") + "\n")
            .write(toFile: path, atomically: false, encoding: .utf8)
        let arguments = try ShapeArguments(step(["round_trips": .string(path)]), seed: 7)
        #expect(arguments.parameters.delay == .milliseconds(15))
        #expect(arguments.parameters.jitter == .milliseconds(15))
        #expect(arguments.parameters.distribution?.entries.count == 4096)
        try "10 ms\nsoon\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: FaultError.self) {
            try ShapeArguments(step(["round_trips": .string(path)]), seed: 7)
        }
    }

    @Test("is planned by netem alone, and says why not where there is none")
    func plan() throws {
        let fault = try NetworkShape(
            step: step(["loss": .ratio(.percent(5))]), identifier: "f1",
            limits: Limits(interfaces: ["lo"]))
        let able = fault.plan(system: nil, host: .fake(netem: true))
        #expect(able.backend == "netem")
        #expect(able.summary.contains("loss 5.0 %"))
        let unable = fault.plan(system: nil, host: .fake())
        #expect(unable.backendNote.contains("sch_netem"))
        #expect(unable.backendNote.contains("TCP proxy"))
    }

    @Test("with a rate has both, and what waits for it is no mismatch of delay and loss")
    func rate() throws {
        let arguments = try ShapeArguments(
            step([
                "bytes_per_second": .byteCount(ByteCount(1_000_000)),
                "delay": .duration(.milliseconds(50)), "loss": .ratio(.percent(5)),
            ]), seed: 7)
        #expect(arguments.parameters.rate?.bytesPerSecond == 1_000_000)
        #expect(arguments.words.contains("1000000 bytes a second"))
        var slower = NetemParameters(delay: .milliseconds(20), loss: 0.05)
        // Packets that were asked to come 20 ms late come 60 ms late.
        let all = trials(NetemParameters(delay: .milliseconds(60), loss: 0.05))
        #expect(ShapeJudgement(parameters: slower).proof(all).injection == .mismatch)
        slower.rate = 1_000_000
        let proof = ShapeJudgement(parameters: slower).proof(all)
        #expect(proof.injection == .confirmed, "\(proof.sentence)")
    }

    @Test("lives its whole life, and is measured before, during and after")
    func life() async throws {
        let parameters = NetemParameters(loss: 0.05)
        let journal = Journal()
        let clock = FakeClock()
        let context = FaultContext.fake(journal, clock: clock)
        let netem = FakeNetem(journal) { $0.queued = 3 }
        let life = QueueingLife(
            interface: "lo", index: 1, control: netem, longestDelay: .zero
        ) { bound, condition in
            _ = await context.wait(atMost: bound, until: condition)
        }
        let all = trials(parameters)
        let calm = all.before
        let injector = ShapeInjector(
            identifier: "f1", duration: .seconds(10), parameters: parameters, life: life,
            aim: FaultAim(backend: "netem", backendNote: "", objects: [], requested: []),
            aimed: ScriptedTrial([calm, all.during, calm]), beside: ScriptedTrial([calm]))
        try await injector.snapshot()
        #expect(await injector.undoRecords().count == 1)
        try await injector.inject()
        try await injector.readBack()
        await injector.hold()
        let proof = await injector.proof()
        #expect(proof.injection == .confirmed)
        #expect(proof.sentence.contains(" %; asked were 5.0 %)"), "\(proof.sentence)")
        try await injector.revert()
        let undo = await injector.verify(isBrief: false)
        #expect(undo.undo == .clean, "\(undo.comparisons)")
        #expect(undo.comparisons.count == 2)
        #expect(await injector.proof().achieved.last?.name.contains("taken out") == true)
        #expect(journal.entries == ["install", "subside", "remove"])
    }

    @Test("is out though the host is slow, unless the fault made packets late itself")
    func slowAfterwards() {
        let calm = rarelySeen(delay: .milliseconds(1), pause: .milliseconds(1))
        let slow = rarelySeen(delay: .milliseconds(20), pause: .milliseconds(1))
        let loss = ShapeJudgement(parameters: NetemParameters(loss: 0.05))
        #expect(loss.isBack(before: calm, after: slow))
        for (delay, isBack) in [(40, false), (300, true)] {
            let delayed = ShapeJudgement(parameters: NetemParameters(delay: .milliseconds(delay)))
            #expect(delayed.isBack(before: calm, after: slow) == isBack)
            #expect(delayed.isBack(before: calm, after: calm))
        }
        let rate = NetemParameters(rate: NetemRate(bytesPerSecond: 100_000))
        #expect(!ShapeJudgement(parameters: rate).isBack(before: calm, after: slow))
    }

    @Test("cannot be told to be out when packets are lost after the tree reads as before")
    func lossAfterwards() async throws {
        let parameters = NetemParameters(loss: 0.2)
        let all = trials(parameters)
        let life = QueueingLife(
            interface: "lo", index: 1, control: FakeNetem(Journal()), longestDelay: .zero
        ) { _, _ in }
        let injector = ShapeInjector(
            identifier: "f1", duration: .seconds(10), parameters: parameters, life: life,
            aim: FaultAim(backend: "netem", backendNote: "", objects: [], requested: []),
            aimed: ScriptedTrial([all.before, all.during]), beside: ScriptedTrial([all.before]))
        try await injector.snapshot()
        try await injector.inject()
        await injector.hold()
        try await injector.revert()
        #expect(await injector.verify(isBrief: false).undo == .unknown)
    }
}
