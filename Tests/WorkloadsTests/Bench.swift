import Playbooks
import Records
import Synchronization
import Systems
import Workloads

/// A runner over a fake queue, with everything that it records.
struct Bench: Sendable {
    final class Notes: OperationRecorder {
        private struct State {
            var operations: [Operation] = []
            var begun: [MessageIdentifier] = []
        }

        private let state = Mutex(State())

        func began(_ message: MessageIdentifier, intended: DrillTime) {
            state.withLock { $0.begun.append(message) }
        }

        func record(_ operation: Operation) {
            state.withLock { $0.operations.append(operation) }
        }

        var operations: [Operation] { state.withLock(\.operations) }
        var begun: [MessageIdentifier] { state.withLock(\.begun) }

        func all(_ kind: Operation.Kind) -> [Operation] { operations.filter { $0.kind == kind } }
    }

    let queue: FakeQueue
    let runner: WorkloadRunner
    let notes = Notes()
    let origin: ContinuousClock.Instant

    init(
        _ queue: FakeQueue, _ workload: Workload, nodes: [String] = ["a", "b"], seed: UInt64 = 42
    ) {
        let origin = ContinuousClock.now
        self.origin = origin
        self.queue = queue
        runner = WorkloadRunner(
            workload: workload, client: queue, nodes: nodes, run: "drill", seed: seed,
            now: { DrillTime(nanoseconds: (ContinuousClock.now - origin).nanoseconds) },
            recorder: notes)
    }

    /// Runs until `count` enqueues were begun, then drains.
    func run(enqueues count: Int, drainBound: Duration = .seconds(20)) async -> DrainReport {
        async let running: Void = runner.run()
        await until { runner.counts.begun + runner.counts.saturated >= count }
        let report = await drain(drainBound)
        await running
        return report
    }

    func drain(_ bound: Duration = .seconds(20)) async -> DrainReport {
        await runner.drain(atMost: bound, quiet: .milliseconds(300)) { [queue] _ in queue.depth }
    }

    /// Waits for a condition, at most half a minute; what depends on it then fails by itself.
    func until(_ condition: () -> Bool) async {
        let end = ContinuousClock.now + .seconds(30)
        while !condition(), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    var now: DrillTime {
        DrillTime(nanoseconds: (ContinuousClock.now - origin).nanoseconds)
    }

    var ledger: LedgerSummary {
        Ledger.close(
            operations: notes.operations, deadLetters: queue.dead, firstFault: nil,
            lastFault: nil, isDrained: true)
    }
}

extension Workload {
    /// A quick workload for tests: retries within milliseconds.
    static func quick(
        producers: Int = 2, consumers: Int = 1, rate: Double = 200, poison: Double = 0,
        timeout: Duration = .seconds(2), attempts: Int = 4, budget: Ratio? = nil
    ) -> Workload {
        Workload(
            producers: producers, consumers: consumers, rate: Rate(perSecond: rate),
            payload: ByteCount(128), poison: Ratio(poison), timeout: timeout,
            retry: RetryPolicy(
                first: .milliseconds(2), cap: .milliseconds(20), jitter: .none,
                attempts: attempts, budget: budget))
    }
}
