import Records
import Synchronization
import Systems

/// An in-memory queue of two or more nodes that answers as it is told to.
///
/// Every node serves the same queue; a script decides for each call whether it is served.
final class FakeQueue: QueueClient {
    enum Call: Sendable { case enqueue, reserve, acknowledge, refuse }

    enum Conduct: Sendable {
        case serve
        /// The connection is refused: it certainly did not happen.
        case refuse
        case redirect(String)
        case busy(Duration)
        /// No retry can help.
        case reject
        /// No answer, but the message is stored.
        case storeAndTimeOut
        /// No answer, and nothing is stored.
        case timeOut
        /// Served, when the gate is open.
        case stall(Gate)
        /// Handed out with a flipped bit.
        case damage
    }

    /// What stalled calls wait for.
    final class Gate: Sendable {
        private let state = Mutex(false)

        var isOpen: Bool { state.withLock { $0 } }
        func open() { state.withLock { $0 = true } }
    }

    /// What a node does with the n-th call of its kind, counted from 1 over all nodes.
    typealias Script = @Sendable (_ call: Call, _ node: String, _ number: Int) -> Conduct

    struct Enqueue: Equatable { var message: MessageIdentifier, node: String }

    private struct State {
        var numbers: [Call: Int] = [:]
        var known: Set<MessageIdentifier> = []
        var ready: [(body: [UInt8], deliveries: Int)] = []
        var leased: [String: (body: [UInt8], deliveries: Int)] = [:]
        var dead: [[UInt8]] = []
        var handles = 0
        var enqueues: [Enqueue] = []
        var acknowledged = 0
        var largestConcurrency = 0
        var concurrency = 0
    }

    private let state = Mutex(State())
    private let script: Script
    private let maximumDeliveries: Int

    init(maximumDeliveries: Int = 3, script: @escaping Script = { _, _, _ in .serve }) {
        self.maximumDeliveries = maximumDeliveries
        self.script = script
    }

    var enqueues: [Enqueue] { state.withLock(\.enqueues) }
    var dead: [MessageIdentifier] {
        state.withLock { $0.dead.compactMap { MessageBody.identifier(in: $0) } }
    }
    var largestConcurrency: Int { state.withLock(\.largestConcurrency) }
    var depth: QueueDepth {
        state.withLock { state in
            QueueDepth(
                ready: state.ready.count, delayed: 0, leased: state.leased.count,
                dead: state.dead.count)
        }
    }

    /// Takes messages out behind everyone's back: acknowledged, and lost.
    func lose(_ count: Int) -> Int {
        state.withLock { state in
            let lost = min(count, state.ready.count)
            state.ready.removeLast(lost)
            return lost
        }
    }

    func put(_ body: [UInt8]) {
        state.withLock { $0.ready.append((body, 0)) }
    }

    private func conduct(_ call: Call, _ node: String) -> Conduct {
        let number = state.withLock { state in
            state.numbers[call, default: 0] += 1
            return state.numbers[call, default: 0]
        }
        return script(call, node, number)
    }

    func enqueue(
        _ message: MessageIdentifier, body: [UInt8], queue: String, on node: String,
        deadline: Duration
    ) async -> Answer<Void> {
        state.withLock { state in
            state.enqueues.append(Enqueue(message: message, node: node))
            state.concurrency += 1
            state.largestConcurrency = max(state.largestConcurrency, state.concurrency)
        }
        defer { state.withLock { $0.concurrency -= 1 } }
        return await carryOut(conduct(.enqueue, node), deadline: deadline) {
            state.withLock { state in
                guard state.known.insert(message).inserted else { return }
                state.ready.append((body, 0))
            }
        }
    }

    func reserve(
        queue: String, on node: String, lease: Duration, wait: Duration, deadline: Duration
    ) async -> Answer<Delivery?> {
        let conduct = conduct(.reserve, node)
        let verdict = await carryOut(conduct, deadline: deadline) {}
        guard case .ok = verdict else { return verdict.map { nil } }
        let end = ContinuousClock.now + min(wait, .milliseconds(20))
        while true {
            if var delivery = take() {
                if case .damage = conduct { delivery.body[delivery.body.count - 1] ^= 1 }
                return .ok(delivery, answer: "200")
            }
            guard ContinuousClock.now < end, !Task.isCancelled else {
                return .ok(nil, answer: "204")
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func take() -> Delivery? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            var message = state.ready.removeFirst()
            message.deliveries += 1
            state.handles += 1
            let handle = "h\(state.handles)"
            state.leased[handle] = message
            return Delivery(handle: handle, body: message.body, number: message.deliveries)
        }
    }

    func acknowledge(_ delivery: Delivery, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        await carryOut(conduct(.acknowledge, node), deadline: deadline) {
            state.withLock { state in
                if state.leased.removeValue(forKey: delivery.handle) != nil {
                    state.acknowledged += 1
                }
            }
        }
    }

    func refuse(_ delivery: Delivery, reason: String, on node: String, deadline: Duration) async
        -> Answer<Void>
    {
        await carryOut(conduct(.refuse, node), deadline: deadline) {
            state.withLock { state in
                guard let message = state.leased.removeValue(forKey: delivery.handle) else {
                    return
                }
                if message.deliveries >= maximumDeliveries {
                    state.dead.append(message.body)
                } else {
                    state.ready.append(message)
                }
            }
        }
    }

    private func carryOut(
        _ conduct: Conduct, deadline: Duration, _ effect: () -> Void
    ) async -> Answer<Void> {
        switch conduct {
        case .refuse:
            return failure("connection refused")
        case .redirect(let node):
            return failure("409", redirect: node)
        case .busy(let wait):
            return failure("429", retryAfter: wait)
        case .reject:
            return failure("400", isFinal: true)
        case .storeAndTimeOut:
            effect()
            return .indeterminate(answer: "timeout")
        case .timeOut:
            try? await Task.sleep(for: deadline)
            return .indeterminate(answer: "timeout")
        case .stall(let gate):
            while !gate.isOpen, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(5))
            }
            effect()
            return .ok((), answer: "200")
        case .serve, .damage:
            effect()
            return .ok((), answer: "200")
        }
    }

    private func failure(
        _ answer: String, redirect: String? = nil, retryAfter: Duration? = nil,
        isFinal: Bool = false
    ) -> Answer<Void> {
        .failed(answer: answer, redirect: redirect, retryAfter: retryAfter, isFinal: isFinal)
    }

    func close() async {}
}

extension Answer {
    func map<Other>(_ transform: (Value) -> Other) -> Answer<Other> {
        switch self {
        case .ok(let value, let answer): .ok(transform(value), answer: answer)
        case .failed(let answer, let redirect, let retryAfter, let isFinal):
            .failed(
                answer: answer, redirect: redirect, retryAfter: retryAfter, isFinal: isFinal)
        case .indeterminate(let answer): .indeterminate(answer: answer)
        }
    }
}
