import Playbooks
import Records
import Synchronization
import Systems

/// Sends one producer's share of the messages, each at its time, whatever became of those before.
struct Producer: Sendable {
    /// The most messages of one producer that may be in flight at once.
    static let inFlightLimit = 1_000

    let index: Int
    let context: WorkloadContext
    private let performer: Performer
    private let client: ProducerState

    init(index: Int, context: WorkloadContext) {
        self.index = index
        self.context = context
        performer = Performer(
            nodes: context.nodes, belief: PrimaryBelief(context.nodes.first ?? ""),
            now: context.now, control: context.control)
        let workload = context.workload
        let rate = Rate(perSecond: workload.rate.perSecond / Double(max(1, workload.producers)))
        client = ProducerState(
            budget: workload.retry.budget.map { RetryBudget(share: $0, rate: rate) })
    }

    /// Sends what the schedule says from `start` on; returns when producing has ended and every
    /// message in flight has its outcome.
    func run(from start: DrillTime) async {
        await withDiscardingTaskGroup { group in
            var message = MessageIdentifier(producer: index, sequence: 0)
            while let offset = context.schedule.offset(of: message), !Task.isCancelled {
                let intended = start + offset
                guard context.control.allows(intended) else { return }
                guard intended <= context.now() else {
                    await context.sleep(towards: intended)
                    continue
                }
                if client.begin(limit: Self.inFlightLimit) {
                    context.control.countBegun()
                    let due = message
                    group.addTask { await send(due, intended: intended) }
                } else {
                    recordSaturation(of: message, intended: intended)
                }
                message.sequence += 1
            }
        }
    }

    private func send(_ message: MessageIdentifier, intended: DrillTime) async {
        context.recorder.began(message, intended: intended)
        let workload = context.workload
        let body = MessageBody(run: context.run, message: message)
            .encoded(size: Int(workload.payload.bytes))
        let performance = await performer.perform(
            schedule: RetrySchedule(policy: workload.retry, seed: context.seed, message: message),
            attempts: workload.retry.attempts, first: performer.belief.node,
            withdraw: client.withdraw
        ) { node in
            await context.client.enqueue(
                message, body: body, queue: workload.queue, on: node, deadline: workload.timeout)
        }
        context.recorder.record(
            Operation(
                kind: .enqueue, client: "p\(index)", message: message, intended: intended,
                ended: performance.ended, outcome: performance.outcome, node: performance.node,
                attempts: performance.attempts))
        client.end()
        context.control.countFinished()
    }

    private func recordSaturation(of message: MessageIdentifier, intended: DrillTime) {
        context.control.countSaturated()
        let now = context.now()
        context.recorder.record(
            Operation(
                kind: .enqueue, client: "p\(index)", message: message, intended: intended,
                ended: now, outcome: .failed,
                attempts: [
                    Attempt(
                        node: "", started: now, ended: now, outcome: .failed,
                        answer: Operation.saturatedAnswer)
                ]))
    }
}

/// What the messages in flight of one producer share.
private final class ProducerState: Sendable {
    private struct State {
        var inFlight = 0
        var budget: RetryBudget?
    }

    private let state: Mutex<State>

    init(budget: RetryBudget?) {
        state = Mutex(State(budget: budget))
    }

    /// Counts one more in flight and pays for it into the budget; false when `limit` is reached.
    func begin(limit: Int) -> Bool {
        state.withLock { state in
            guard state.inFlight < limit else { return false }
            state.inFlight += 1
            state.budget?.deposit()
            return true
        }
    }

    func end() {
        state.withLock { $0.inFlight -= 1 }
    }

    func withdraw() -> Bool {
        state.withLock { $0.budget?.withdraw() ?? true }
    }
}
