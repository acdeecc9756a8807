public import Playbooks
public import Records
public import Systems

/// Puts a workload on a queue service: producers on their schedule, consumers behind them.
///
/// Every enqueue that is begun is recorded once, whatever ends the run: its task is a child of
/// ``run()``, which returns only when each has its outcome. That takes at most one attempt's
/// timeout after a cancellation or ``stop()``, and the retry policy's length after
/// ``stopProducing()``.
public final class WorkloadRunner: Sendable {
    let context: WorkloadContext
    let tracker: DeliveryTracker

    /// Prepares a run; nothing is sent before ``run()``.
    ///
    /// - Parameters:
    ///   - nodes: The nodes in the order of failover; the first is believed to be the primary.
    ///   - run: The drill's identifier; messages of any other drill are unexpected.
    ///   - seed: Decides send times, poison, jitter and padding.
    ///   - now: The drill's clock.
    public init(
        workload: Workload, client: any QueueClient, nodes: [String], run: String, seed: UInt64,
        now: @escaping @Sendable () -> DrillTime, recorder: any OperationRecorder
    ) {
        tracker = DeliveryTracker(producers: workload.producers)
        context = WorkloadContext(
            workload: workload, client: client, nodes: nodes, run: MessageBody.runMark(of: run),
            seed: seed, schedule: Schedule(workload: workload, seed: seed), now: now,
            recorder: RecorderChain([recorder, tracker]), control: RunControl())
    }

    /// Runs producers and consumers until ``stop()``, the end of a drain, or cancellation.
    ///
    /// Without consumers it ends with the producers.
    public func run() async {
        let start = context.now()
        await withDiscardingTaskGroup { group in
            for index in 0..<context.workload.producers {
                group.addTask { [context] in
                    await Producer(index: index, context: context).run(from: start)
                }
            }
            for index in 0..<context.workload.consumers {
                group.addTask { [context] in
                    let consumer = Consumer(
                        name: "c\(index)", context: context, nodes: context.nodes)
                    await consumer.run { context.control.isStopped }
                }
            }
        }
    }

    /// Sends nothing that is due after now; consumers go on.
    public func stopProducing() {
        context.control.endProducing(at: context.now())
    }

    /// Ends producers and consumers; what is in flight gets its outcome without another retry.
    public func stop() {
        context.control.stop()
    }

    /// The enqueues begun, finished and not sent so far.
    public var counts: WorkloadCounts { context.control.counts }

    /// How many acknowledged messages have not been delivered so far.
    public var undelivered: Int { tracker.awaited }
}
