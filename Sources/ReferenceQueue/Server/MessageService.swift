/// Performs what clients ask for every message.
struct MessageService: Sendable {
    typealias Reply = @Sendable (Result<MessageAnswer, Problem>) -> Void

    let node: Node

    private var limits: RequestLimits { node.configuration.limits }

    /// Performs a request; `reply` gets its answer once, at once or later, from any thread.
    ///
    /// A reserve that has to wait gives what is to be told when its client hangs up. Throws when
    /// the request is malformed; then there is no reply.
    func perform(
        _ request: MessageRequest, body: [UInt8], reply: @escaping Reply
    ) throws(Problem) -> HangUp? {
        switch request {
        case .enqueue(let queue, let key):
            let body = try EnqueueBody(body, headerKey: key, limits)
            let isBatch = body.isBatch
            node.enqueue(body.messages, queue: queue) { result in
                reply(result.map { .enqueued($0, isBatch: isBatch) })
            }
            return nil
        case .reserve(let queue):
            return try reserve(queue, RequestReader(body), reply: reply)
        case .acknowledge(let id):
            let reader = try RequestReader(body)
            try reader.takes(only: ["receipt"])
            let receipt = try reader.receipt()
            settle(.acknowledge(id, receipt), reply: reply)
            return nil
        case .reject(let id):
            let reader = try RequestReader(body)
            try reader.takes(only: ["receipt", "error"])
            let error = try reader.optionalText("error", maximumBytes: 4096)
            settle(.reject(id, try reader.receipt(), error: error ?? "rejected"), reply: reply)
            return nil
        }
    }

    private func settle(_ operation: Operation, reply: @escaping Reply) {
        node.perform(operation) { outcome in
            if case .refused(let problem) = outcome {
                reply(.failure(problem))
            } else {
                reply(.success(.nothing))
            }
        }
    }

    private func reserve(
        _ queue: String, _ reader: RequestReader, reply: @escaping Reply
    ) throws(Problem) -> HangUp? {
        try reader.takes(only: ["wait_ms", "lease_ms"])
        let wait = try reader.integer("wait_ms", in: limits.waits) ?? 0
        let lease = try reader.integer("lease_ms", in: limits.leases) ?? 30_000
        let hangUp = HangUp()
        let endWait = node.reserve(.queue(queue), wait: wait, lease: lease) { [node] result in
            guard case .success(let delivery?) = result else {
                return reply(result.map { _ in .nothing })
            }
            guard !hangUp.hasHappened else {
                // It came in the moment in which the client went.
                node.release(delivery)
                return reply(.success(.nothing))
            }
            reply(.success(.delivered(delivery)))
        }
        guard let endWait else { return nil }
        hangUp.whenHappens(endWait)
        return hangUp
    }
}
