import Faults
import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing
import Undo

@Suite("clock.skew of monotonic clocks, on real processes", .timeLimit(.minutes(2)))
struct MonotonicSkewTests {
    private static func fault(_ arguments: [String: ArgumentValue]) throws -> any Fault {
        let step = FaultStep(
            kind: "clock.skew", selector: Selector(node: "a"),
            arguments: Arguments(
                arguments.merging(["clock": .string("monotonic")]) { first, _ in first }),
            duration: .milliseconds(300))
        return try FaultCatalogue.make(
            step: step, identifier: "f1", limits: Limits(processes: 1))
    }

    /// Runs the fault on node a of two; `during` is told when it is in.
    private func run(
        _ testbed: SleepingTestbed, during: @escaping @Sendable () async -> Void = {}
    ) async throws -> FaultRecord {
        let fault = try Self.fault(["ahead": .duration(.seconds(3600))])
        let isIn = Atomic<Bool>(false)
        let context = FaultContext(
            testbed: testbed, undo: OpenUndoStack(), limits: Limits(processes: 1), host: .probe(),
            now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 1,
            report: { event in
                if event.kind == .faultInjected { isIn.store(true, ordering: .releasing) }
            }, limitsUsed: LimitsUse())
        async let life = FaultLife(fault, context: context).run()
        let watch = Task {
            while !isIn.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(1)) }
            await during()
        }
        let record = await life
        watch.cancel()
        _ = await watch.result
        return record
    }

    @Test("starts the node in a time namespace, and again in the drill's; others live on")
    func life() async throws {
        let testbed = try SleepingTestbed()
        let before = await testbed.nodes().map(\.process)
        let record = try await run(testbed)
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.backend == "time namespace")
        #expect(
            record.achieved.map(\.name) == [
                "monotonic clock of node a", "monotonic clock of node b",
            ])
        #expect(abs((record.achieved.first?.during?.value ?? 0) - 3.6e12) < 1e9)
        #expect(record.achieved.last?.during?.value == 0)
        // The first process, and its successor with the other clock: both were ended on purpose.
        #expect(record.objects.count == 2, "\(record.objects)")
        let after = await testbed.nodes()
        #expect(after[0].process != before[0] && after[1].process == before[1])
        let process = try #require(after[0].process)
        #expect(try TimeNamespace(of: process) == TimeNamespace.own())
        _ = await testbed.stop()
    }

    @Test("a node that ends of itself meanwhile is started again, and is none that the fault ended")
    func crash() async throws {
        let testbed = try SleepingTestbed()
        let record = try await run(testbed) { await testbed.crash("a") }
        #expect(record.objects.count == 1, "\(record.objects)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        let process = try #require(await testbed.nodes().first?.process)
        #expect(try TimeNamespace(of: process) == TimeNamespace.own())
        _ = await testbed.stop()
    }

    @Test("a plan says why a clock cannot be so far behind, and names the restarts where it can")
    func plan() throws {
        let host = HostCapabilities.probe()
        let behind = ArgumentValue.duration(.nanoseconds(MonotonicClock.now) + .seconds(60))
        let refused = try Self.fault(["behind": behind]).plan(system: nil, host: host)
        #expect(refused.backend.isEmpty)
        #expect(refused.backendNote.contains("never negative"), "\(refused.backendNote)")
        let planned = try Self.fault(["behind": .duration(.seconds(1))])
            .plan(system: nil, host: host)
        #expect(planned.backend == "time namespace", "\(planned.backendNote)")
        #expect(planned.summary.contains("restart"), "\(planned.summary)")
    }

    @Test("a server that others wrote is started so as well, and answers")
    func redis() async throws {
        let directory = "/tmp/firedrill-redis-\(UInt64.random(in: 0 ... .max))"
        try #require(mkdir(directory, 0o700) == 0)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let system = try SystemCatalogue.make(Target(kind: "redis"))
        let testbed = try await system.start(
            in: TestbedEnvironment(
                workDirectory: directory, logs: try HeldDirectory(at: directory),
                undo: OpenUndoStack(),
                now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 1, report: { _ in },
                hasPrivateMounts: false))
        let first = try #require(await testbed.nodes().first?.process)
        try ProcessHandle(first).signal(SIGKILL)
        while await testbed.nodes().first?.process != nil {
            try await Task.sleep(for: .milliseconds(5))
        }
        try await testbed.restart(node: "redis", clockOffset: .seconds(3600))
        #expect(await testbed.status(of: "redis").result == .healthy)
        let process = try #require(await testbed.nodes().first?.process)
        let clocks = try TimeNamespace.clocks(of: process)
        #expect(abs(clocks.monotonic - MonotonicClock.now - 3_600_000_000_000) < 10_000_000_000)
        #expect(await testbed.stop().allSatisfy(\.isSame))
    }
}

/// A testbed of two nodes that sleep.
private final class SleepingTestbed: Testbed {
    struct NotNeeded: Error {}

    let links: [TestbedLink] = []
    let redelivery: RetryPolicy? = nil
    let wire = WireLog()
    private let children: Mutex<[String: ChildProcess]>

    init() throws {
        children = Mutex(["a": try Self.sleeper(nil), "b": try Self.sleeper(nil)])
    }

    private static func sleeper(_ offset: Duration?) throws -> ChildProcess {
        try .spawn(.init(executable: "/bin/sleep", arguments: ["600"], clockOffset: offset))
    }

    func nodes() async -> [NodeState] {
        children.withLock { $0 }.sorted { $0.key < $1.key }.map { name, child in
            NodeState(
                name: name, role: .single, process: child.status == nil ? child.identity : nil,
                dataDirectory: "/tmp", fileSystem: nil, port: 1)
        }
    }

    func crash(_ node: String) async {
        _ = await children.withLock { $0[node] }?.terminate(grace: .zero)
    }

    func restart(node: String) async throws {
        let child = try Self.sleeper(nil)
        children.withLock { $0[node] = child }
    }

    func restart(node: String, clockOffset offset: Duration) async throws {
        let child = try Self.sleeper(offset)
        children.withLock { $0[node] = child }
    }

    func status(of node: String) async -> StatusAnswer {
        StatusAnswer(result: .healthy, answer: "")
    }
    func makeClient() async throws -> any QueueClient { throw NotNeeded() }
    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? { nil }
    func address(of node: String) -> String? { nil }
    func depth(of queue: String, on node: String) async throws -> QueueDepth { throw NotNeeded() }
    func deadLetters(of queue: String) async throws -> [MessageIdentifier] { [] }

    func stop() async -> [Comparison] {
        for child in children.withLock({ Array($0.values) }) {
            _ = await child.terminate(grace: .zero)
        }
        return []
    }
}
