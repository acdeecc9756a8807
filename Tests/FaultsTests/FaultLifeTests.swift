import Kernel
import Playbooks
import Records
import Systems
import Testing
import Undo

@testable import Faults

/// A fault that notes each call, and fails or waits at one on request.
struct ScriptedFault: Fault, Injector {
    static let declaration = KindDeclaration(kind: "scripted", summary: "For tests.")

    let identifier: String
    let step: FaultStep
    var journal = Journal()
    var failingCall: String?
    /// The call in which the task is found cancelled.
    var waitingCall: String?
    var undo = FaultRecord.Undo.clean
    var objects: [AimedObject] = [.link("clients to a")]
    var longestHold: Duration?

    static let backends = [BackendNeeds("script")]

    init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
    }

    init(_ journal: Journal) {
        identifier = "f1"
        step = FaultStep(kind: "scripted")
        self.journal = journal
    }

    func plan(system: (any SystemUnderTest)?, host: HostCapabilities) -> Plan.PlannedStep {
        Plan.PlannedStep(line: 0, kind: "scripted", summary: "", objects: [])
    }

    func resolve(in context: FaultContext) async throws -> any Injector {
        try await note("resolve")
        return self
    }

    var aim: FaultAim {
        FaultAim(
            backend: "script", backendNote: "", objects: objects, requested: [],
            longestHold: longestHold)
    }

    func snapshot() async throws { try await note("snapshot") }

    func undoRecords() async -> [UndoRecord] {
        [UndoRecord(identifier: "f1", summary: "", reversal: .kernel(lifetime: "none"))]
    }

    func inject() async throws { try await note("inject") }
    func readBack() async throws { try await note("readBack") }
    func hold() async { try? await note("hold") }
    func proof() async -> EffectProof { EffectProof(.confirmed, "seen") }
    func revert() async throws { try await note("revert") }

    func verify(isBrief: Bool) async -> UndoProof {
        try? await note("verify")
        return UndoProof(undo, by: .drill, comparisons: [])
    }

    private func note(_ call: String) async throws {
        journal.add(call)
        if call == waitingCall {
            // Shielded calls are not cancelled; the others end here.
            try? await Task.sleep(for: .milliseconds(200))
        }
        if call == failingCall { throw Trouble() }
    }
}

@Suite("A fault's life")
struct FaultLifeTests {
    private let deeds = ["resolve", "snapshot", "push f1", "inject", "readBack", "hold"]

    private func run(
        _ journal: Journal, failingUndo: String? = nil, limits: Limits = Limits(),
        _ change: (inout ScriptedFault) -> Void = { _ in }
    ) async -> FaultRecord {
        var fault = ScriptedFault(journal)
        change(&fault)
        let context = FaultContext.fake(journal, limits: limits, failingCall: failingUndo)
        return await FaultLife(fault, context: context).run()
    }

    @Test("does and reports every step in the order of the design")
    func whole() async {
        let journal = Journal()
        let record = await run(journal)
        #expect(
            journal.entries == [
                "resolve", "faultResolved", "snapshot", "push f1", "faultRecorded",
                "faultAcknowledged", "inject", "faultInjected", "readBack", "hold", "faultProven",
                "faultReverting", "revert", "faultReverted", "verify", "faultVerified", "close f1",
            ])
        #expect(record.injection == .confirmed)
        #expect(record.undo == .clean)
        #expect(record.undoneBy == .drill)
        let times = [
            record.recordedAt, record.acknowledgedAt, record.injectedAt, record.revertingAt,
            record.revertedAt, record.verifiedAt,
        ].compactMap { $0 }
        #expect(times.count == 6)
        #expect(times == times.sorted())
    }

    @Test("is not taken for forgotten before its hold is over, counted from when it was in")
    func postponed() async throws {
        var fault = ScriptedFault(Journal())
        fault.longestHold = .seconds(7200)
        fault.waitingCall = "inject"
        let context = FaultContext.fake(fault.journal)
        let stack = try #require(context.undo as? FakeUndoStack)
        let start = BootClock.now
        _ = await FaultLife(fault, context: context).run()
        let deadline = try #require(stack.deadline(of: "f1"))
        // The injection alone takes 200 ms.
        #expect(deadline >= start + 200_000_000 + (7200 + 60) * 1_000_000_000)
        #expect(deadline <= BootClock.now + (7200 + 60) * 1_000_000_000)
    }

    @Test("has time for a slow injection before it is taken for forgotten")
    func slowInjection() async throws {
        var fault = ScriptedFault(Journal())
        fault.longestHold = .seconds(1)
        fault.failingCall = "inject"
        let context = FaultContext.fake(fault.journal)
        let stack = try #require(context.undo as? FakeUndoStack)
        let start = BootClock.now
        _ = await FaultLife(fault, context: context).run()
        #expect(try #require(stack.deadline(of: "f1")) >= start + 300 * 1_000_000_000)
    }

    @Test("ends at once when nobody can be told that it is in")
    func unheard() async {
        let journal = Journal()
        let record = await run(journal, failingUndo: "postpone")
        #expect(!journal.entries.contains("hold"))
        #expect(journal.entries.contains("revert"))
        #expect(record.undo == .clean)
    }

    @Test("does not inject without an undo record that the guardian knows")
    func refusedRecord() async {
        let journal = Journal()
        let record = await run(journal, failingUndo: "push")
        #expect(!journal.entries.contains("inject"))
        #expect(journal.entries.contains("close f1"))
        #expect(record.injection == .unproven)
        #expect(record.undo == .clean)
    }

    @Test("takes out what an injection left half done")
    func failedInjection() async {
        let journal = Journal()
        let record = await run(journal) { $0.failingCall = "inject" }
        #expect(journal.entries.suffix(6).contains("revert"))
        #expect(journal.entries.last == "close f1")
        #expect(record.injection == .unproven)
        #expect(record.proof.contains("Trouble"))
    }

    @Test("calls what reads back otherwise than asked a mismatch, and takes it out")
    func mismatch() async {
        let journal = Journal()
        let record = await run(journal) { $0.failingCall = "readBack" }
        #expect(record.injection == .mismatch)
        #expect(record.undo == .clean)
        #expect(journal.entries.contains("revert"))
        #expect(!journal.entries.contains("hold"))
    }

    @Test("leaves the record open for the guardian when something is left")
    func residual() async {
        let journal = Journal()
        let record = await run(journal) { $0.undo = .residual }
        #expect(record.undo == .residual)
        #expect(!journal.entries.contains("close f1"))
    }

    @Test("does not take an object that the limits forbid")
    func refusedByPolicy() async {
        let journal = Journal()
        let record = await run(journal) { $0.objects = [.interface("eth0", port: 1)] }
        #expect(journal.entries == ["resolve", "faultResolved", "error"])
        #expect(record.undo == .clean)
        #expect(record.proof.contains("limits.interfaces"))
    }

    @Test(
        "is taken out and verified wherever an abort meets it",
        arguments: ["resolve", "snapshot", "inject", "readBack", "hold", "revert", "verify"])
    func cancellation(call: String) async throws {
        let journal = Journal()
        var fault = ScriptedFault(journal)
        fault.waitingCall = call
        let life = FaultLife(fault, context: .fake(journal))
        let task = Task { await life.run() }
        while !journal.entries.contains(call) { await Task.yield() }
        task.cancel()
        let record = await task.value
        #expect(record.undo == .clean)
        #expect(!record.proof.contains("CancellationError"), "\(record.proof)")
        let entries = journal.entries
        guard entries.contains("inject") else {
            #expect(["resolve", "snapshot"].contains(call))
            return #expect(!entries.contains("push f1"))
        }
        #expect(entries.suffix(3) == ["verify", "faultVerified", "close f1"])
        #expect(entries.contains("revert"))
    }
}
