import Playbooks
import Records
import Systems

/// Takes messages out of the queue, verifies each, and acknowledges or refuses it.
///
/// A consumer works on several deliveries at once, as a client with a prefetch does: each lane
/// reserves one, settles it, and reserves the next.
struct Consumer: Sendable {
    /// How a consumer waits between failures; its own, so that the playbook's retry policy is
    /// judged on producers alone.
    static let backoff = RetryPolicy(
        first: .milliseconds(50), factor: 2, cap: .seconds(1), jitter: .full, attempts: 5)
    /// The longest time that the service may hold a reserve open for a message to come.
    static let wait: Duration = .seconds(1)

    let name: String
    let lanes: Int
    /// Whether failed reserves are part of the evidence; those of a drain through a node that is
    /// not primary are expected and say nothing.
    let recordsFailures: Bool
    private let context: WorkloadContext
    private let nodes: [String]
    private let performer: Performer

    /// A consumer that asks `nodes`, in this order of failover.
    init(
        name: String, context: WorkloadContext, nodes: [String], lanes: Int = 4,
        recordsFailures: Bool = true
    ) {
        self.name = name
        self.context = context
        self.nodes = nodes
        self.lanes = lanes
        self.recordsFailures = recordsFailures
        performer = Performer(
            nodes: nodes, belief: PrimaryBelief(nodes.first ?? ""), now: context.now,
            control: context.control)
    }

    /// Consumes until `isStopped` or the task is cancelled.
    func run(until isStopped: @escaping @Sendable () -> Bool) async {
        await withDiscardingTaskGroup { group in
            for lane in 0..<lanes {
                group.addTask { await consume(lane: lane, until: isStopped) }
            }
        }
    }

    private func consume(lane: Int, until isStopped: @Sendable () -> Bool) async {
        var hash = SeededHash(seed: context.seed, 4, UInt64(lane))
        for byte in name.utf8 { hash.add(UInt64(byte)) }
        var failures = Failures()
        while !Task.isCancelled, !isStopped() {
            let node = performer.belief.node
            let begun = context.now()
            let answer = await context.client.reserve(
                queue: context.workload.queue, on: node, lease: context.workload.lease,
                wait: Self.wait, deadline: context.workload.timeout + Self.wait)
            let ended = context.now()
            switch answer {
            case .ok(let delivery, _):
                failures = Failures()
                if let delivery {
                    await take(delivery, answer: answer, node: node, begun: begun, ended: ended)
                } else if ended - begun < Nanoseconds(Self.wait) {
                    // A service that answers at once instead of waiting is not asked in a hot loop.
                    try? await Task.sleep(for: .milliseconds(20))
                }
            case .failed, .indeterminate:
                hash.add(1)
                let pause = failures.pause(
                    after: answer, from: node, nodes: nodes, belief: performer.belief, hash: hash)
                if recordsFailures {
                    record(
                        .reserve, of: nil, begun: begun,
                        Performer.Performance(
                            outcome: answer.outcome,
                            attempts: [
                                Attempt(node: node, started: begun, ended: ended, answer: answer)
                            ], ended: ended))
                }
                if pause > .zero { try? await Task.sleep(for: pause) }
            }
        }
    }

    private func take(
        _ delivery: Delivery, answer: Answer<Delivery?>, node: String, begun: DrillTime,
        ended: DrillTime
    ) async {
        let message: MessageIdentifier?
        let isIntact: Bool
        var complaint: String?
        switch MessageBody.read(delivery.body, run: context.run) {
        case .intact(let identifier):
            (message, isIntact) = (identifier, true)
            complaint = context.schedule.isPoison(identifier) ? "poison" : nil
        case .corrupted(let identifier):
            (message, isIntact, complaint) = (identifier, false, "damaged body")
        case .foreign:
            (message, isIntact, complaint) = (nil, true, "not a message of this drill")
        }
        let attempt = Attempt(node: node, started: begun, ended: ended, answer: answer)
        record(
            .reserve, of: message, begun: begun,
            Performer.Performance(outcome: .ok, attempts: [attempt], ended: ended),
            intact: isIntact, delivery: delivery.number.map { $0 - 1 })
        await settle(delivery, of: message, from: node, complaint: complaint)
    }

    private func settle(
        _ delivery: Delivery, of message: MessageIdentifier?, from node: String,
        complaint: String?
    ) async {
        let begun = context.now()
        var hash = SeededHash(seed: context.seed, 5)
        for byte in delivery.handle.utf8 { hash.add(UInt64(byte)) }
        let (client, deadline) = (context.client, context.workload.timeout)
        let performance = await performer.perform(
            schedule: RetrySchedule(policy: Self.backoff, hash: hash),
            attempts: Self.backoff.attempts, first: node, withdraw: { true }
        ) { node in
            if let complaint {
                await client.refuse(delivery, reason: complaint, on: node, deadline: deadline)
            } else {
                await client.acknowledge(delivery, on: node, deadline: deadline)
            }
        }
        record(complaint == nil ? .acknowledge : .refuse, of: message, begun: begun, performance)
    }

    private func record(
        _ kind: Operation.Kind, of message: MessageIdentifier?, begun: DrillTime,
        _ performance: Performer.Performance, intact: Bool? = nil, delivery: Int? = nil
    ) {
        context.recorder.record(
            Operation(
                kind: kind, client: name, message: message, intended: begun,
                ended: performance.ended, outcome: performance.outcome, node: performance.node,
                attempts: performance.attempts, intact: intact, delivery: delivery))
    }
}

/// The run of failures that a lane is in.
private struct Failures {
    private var count = 0
    private var wasRedirected = false

    /// Notes a failure, moves the belief to the node to ask next, and says how long to wait first.
    mutating func pause<Value>(
        after answer: Answer<Value>, from node: String, nodes: [String], belief: PrimaryBelief,
        hash: SeededHash
    ) -> Duration {
        var retryAfter: Duration?
        if case .failed(_, let redirect, let advertised, _) = answer {
            retryAfter = advertised
            if let redirect, redirect != node, nodes.contains(redirect), !wasRedirected {
                wasRedirected = true
                belief.node = redirect
                return .zero
            }
        }
        // Another lane may have found the primary meanwhile: its finding stands.
        if belief.node == node, retryAfter == nil { belief.node = nodes.next(after: node) }
        wasRedirected = false
        defer { count += 1 }
        let schedule = RetrySchedule(policy: Consumer.backoff, hash: hash)
        return schedule.gap(beforeRetry: count, retryAfter: retryAfter) ?? Consumer.backoff.cap
    }
}
