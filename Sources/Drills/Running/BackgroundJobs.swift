/// What runs beside a drill's phases: the workload, probes, the flush of evidence.
///
/// Jobs are children of the task that calls ``run(_:)``: when its body ends they are cancelled, and
/// it returns only after the last of them has.
struct BackgroundJobs: Sendable {
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation

    init() {
        (jobs, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
    }

    /// Starts a job; it is asked to end by cancellation.
    func start(_ job: @escaping @Sendable () async -> Void) {
        continuation.yield(job)
    }

    /// Runs `body` with the jobs that it starts beside it.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { inner in
                    for await job in jobs { inner.addTask { await job() } }
                    inner.cancelAll()
                }
                return nil
            }
            group.addTask {
                let value = await body()
                continuation.finish()
                return value
            }
            var result: Value?
            for await value in group {
                if let value { result = value }
                if result != nil { group.cancelAll() }
            }
            guard let result else { preconditionFailure("the body returns a value") }
            return result
        }
    }
}
