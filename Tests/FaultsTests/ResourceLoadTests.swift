import Glibc
import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("cpu.load and memory.pressure", .timeLimit(.minutes(1)))
struct ResourceLoadTests {
    private func run(
        _ step: FaultStep, _ limits: Limits, _ journal: Journal = Journal()
    ) async throws -> FaultRecord {
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        return await FaultLife(fault, context: .fake(journal, limits: limits)).run()
    }

    private func load(_ percent: Double, for duration: Duration) -> FaultStep {
        FaultStep(
            kind: "cpu.load",
            arguments: Arguments(["percent": .ratio(.percent(percent)), "processors": .integer(1)]),
            duration: duration)
    }

    /// Our children that only load the host.
    private func children() -> [ProcessIdentity] {
        ProcessTable.all().filter { ProcessTable.parent(of: $0.pid) == getpid() }.filter {
            ProcessTable.isAlive($0) && ProcessTable.name(of: $0.pid) == "firedrill-load"
        }
    }

    @Test("takes about its share of a processor, and nothing afterwards")
    func processor() async throws {
        // Little enough that a crowded host has it to spare.
        let record = try await run(load(20, for: .seconds(2)), Limits(cpu: .percent(20)))
        let reached = record.achieved.first?.during?.value ?? 0
        #expect(
            record.injection == (reached < 0.15 ? .unproven : .confirmed),
            "\(record.proof) \(record.achieved)")
        #expect(reached > 0.01)
        #expect(record.undo == .clean)
        #expect(record.objects == ["20 % of 1 processors"])
        #expect(children().isEmpty)
    }

    @Test(
        "less of what all share proves nothing, and other figures are a mismatch",
        arguments: [
            (0.2, FaultRecord.Injection.confirmed), (0.16, .confirmed), (0.1, .unproven),
            (0, .unproven), (0.3, .mismatch),
        ])
    func judgement(reached: Double, injection: FaultRecord.Injection) {
        let load = ProcessorLoad(share: 0.2, count: 1)
        #expect(load.judgement(of: Figure("load", reached, .ratio)).injection == injection)
        let memory = MemoryLoad(bytes: 100)
        #expect(memory.judgement(of: Figure("memory", 99, .bytes)).injection == .mismatch)
    }

    @Test("has memory of its own, and gives it back")
    func memory() async throws {
        let step = FaultStep(
            kind: "memory.pressure",
            arguments: Arguments(["size": .byteCount(ByteCount(32 << 20))]),
            duration: .milliseconds(300))
        let record = try await run(step, Limits(memory: ByteCount(32 << 20)))
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect((record.achieved.first?.during?.value ?? 0) >= 32e6)
        #expect(record.undo == .clean)
        #expect(children().isEmpty)
    }

    @Test("is in a control group of its own where one can be made, and says so where not")
    func group() async throws {
        let journal = Journal()
        let step = load(5, for: .seconds(1))
        let fault = try FaultCatalogue.make(
            step: step, identifier: "f1", limits: Limits(cpu: .percent(5)))
        let context = FaultContext.fake(journal, limits: Limits(cpu: .percent(5)))
        let life = Task { await FaultLife(fault, context: context).run() }
        var child: ProcessIdentity?
        while child == nil {
            child = children().first
            try await Task.sleep(for: .milliseconds(5))
        }
        while !journal.entries.contains("faultInjected") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let pid = try #require(child).pid
        let file = try Descriptor.open("/proc/\(pid)/cgroup", flags: O_RDONLY)
        let text = String(decoding: try file.readAll(), as: UTF8.self)
        let record = await life.value
        #expect(record.undo == .clean, "\(record.comparisons)")
        if let directory = LoadPlace.find().directory {
            #expect(text.contains("/firedrill-"), "\(text)")
            #expect(record.backendNote.contains("in a control group of their own"))
            #expect(record.comparisons.count == 2)
            let left = Descriptor.names(in: directory).filter { $0.hasPrefix("firedrill-") }
            #expect(!left.contains { text.contains($0) }, "\(left)")
        } else {
            #expect(record.backendNote.contains("no control group of their own"))
        }
    }

    @Test("ends its children when the drill is aborted")
    func aborted() async throws {
        let journal = Journal()
        let task = Task {
            try await run(load(5, for: .seconds(600)), Limits(cpu: .percent(5)), journal)
        }
        while children().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(try await task.value.undo == .clean)
        #expect(children().isEmpty)
    }

    @Test("refuses more than the limits allow, and allows nothing where they are silent")
    func refused() {
        func make(_ step: FaultStep, _ limits: Limits) throws {
            _ = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        }
        #expect(throws: FaultError.self) { try make(load(5, for: .seconds(1)), Limits()) }
        #expect(throws: FaultError.self) {
            try make(load(50, for: .seconds(1)), Limits(cpu: .percent(49)))
        }
        let memory = Arguments(["size": .byteCount(ByteCount(2))])
        #expect(throws: FaultError.self) {
            try make(
                FaultStep(kind: "memory.pressure", arguments: memory, duration: .seconds(1)),
                Limits(memory: ByteCount(1)))
        }
        #expect(throws: FaultError.self) {
            try make(
                FaultStep(kind: "memory.pressure", duration: .seconds(1)),
                Limits(memory: ByteCount(1)))
        }
    }

    @Test(
        "More memory than the host has available is refused",
        arguments: [
            (size: Int64(99), leave: nil, isRefused: false),
            (size: 100, leave: nil, isRefused: true),
            (size: nil, leave: 99, isRefused: false), (size: nil, leave: 100, isRefused: true),
        ] as [(size: Int64?, leave: Int64?, isRefused: Bool)])
    func available(size: Int64?, leave: Int64?, isRefused: Bool) {
        let refusal = MemoryPressure.refusal(size: size, leave: leave, available: 100)
        #expect((refusal != nil) == isRefused)
    }
}
