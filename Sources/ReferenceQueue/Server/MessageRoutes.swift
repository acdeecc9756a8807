import Hummingbird

/// Enqueue, reserve, settle, look.
struct MessageRoutes {
    let node: Node

    private var limits: RequestLimits { node.configuration.limits }
    private var service: MessageService { MessageService(node: node) }

    func add(to router: Router<ServerContext>) {
        router.post("/v1/queues/:queue/messages", use: enqueue)
        router.post("/v1/queues/:queue/reserve", use: reserve)
        router.post("/v1/messages/:id/ack", use: acknowledge)
        router.post("/v1/messages/:id/nack", use: reject)
        router.post("/v1/messages/:id/extend", use: extend)
        router.get("/v1/messages/:id", use: message)
        router.get("/v1/queues", use: queues)
        router.get("/v1/queues/:queue", use: queue)
        router.get("/v1/queues/:queue/dead", use: deadLetters)
        router.post("/v1/queues/:queue/dead/redrive", use: redrive)
    }

    @Sendable
    private func enqueue(_ request: Request, _ context: ServerContext) async throws -> Response {
        let key = request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value
        return try await perform(.enqueue(queue: context.queue(), key: key), request, context)
    }

    @Sendable
    private func reserve(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await perform(.reserve(queue: context.queue()), request, context)
    }

    @Sendable
    private func acknowledge(_ request: Request, _ context: ServerContext) async throws -> Response
    {
        try await perform(.acknowledge(context.message()), request, context)
    }

    @Sendable
    private func reject(_ request: Request, _ context: ServerContext) async throws -> Response {
        try await perform(.reject(context.message()), request, context)
    }

    private func perform(
        _ message: MessageRequest, _ request: Request, _ context: ServerContext
    ) async throws -> Response {
        let bytes = try await request.bytes(limit: limits.bodyBytes)
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<MessageAnswer, Problem>, Never>) in
            do throws(Problem) {
                let hangUp = try service.perform(message, body: bytes) {
                    continuation.resume(returning: $0)
                }
                if let hangUp { context.channel.triggerUserOutboundEvent(hangUp, promise: nil) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        let answer = try result.get()
        guard let document = answer.document else { return .noContent }
        return Response(answer.status, document)
    }

    @Sendable
    private func extend(_ request: Request, _ context: ServerContext) async throws -> Response {
        let id = try context.message()
        let reader = try await request.reader(limit: limits.bodyBytes)
        try reader.takes(only: ["receipt", "lease_ms"])
        let lease = try reader.integer("lease_ms", in: limits.leases)
        try node.extend(id, try reader.receipt(), lease: lease ?? 30_000)
        return Response(
            200, ["id": .string(id.description), "lease_ms": .integer(lease ?? 30_000)])
    }

    @Sendable
    private func redrive(_ request: Request, _ context: ServerContext) async throws -> Response {
        let queue = try context.queue()
        let reader = try await request.reader(limit: limits.bodyBytes)
        var identifiers: [MessageIdentifier]?
        try reader.takes(only: ["ids"])
        if let named = reader.document["ids"], named != .null {
            guard let elements = named.array else { throw Problem.badRequest("'ids': an array") }
            identifiers = elements.compactMap { $0.string.flatMap { MessageIdentifier($0) } }
            guard identifiers?.count == elements.count else {
                throw Problem.badRequest("'ids' must hold message ids")
            }
        }
        let count = try await node.redrive(queue: queue, identifiers)
        return Response(200, ["redriven": .count(count)])
    }
}

// MARK: - Reading

extension MessageRoutes {
    @Sendable
    private func message(_ request: Request, _ context: ServerContext) async throws -> Response {
        let id = try context.message()
        guard let entry = node.entry(id) else { throw Problem.unknownMessage(id) }
        let state =
            switch entry.status {
            case .ready: "ready"
            case .delayed: "delayed"
            case .leased: "leased"
            case .dead: "dead"
            }
        return Response(
            200,
            [
                "id": .string(id.description), "queue": .string(entry.message.queue),
                "state": .string(state), "body": .string(entry.message.body),
                "priority": .integer(entry.message.priority),
                "attempts": .integer(entry.message.failures),
                "max_attempts": .integer(entry.message.maximumAttempts),
                "enqueued_at": .integer(entry.message.enqueuedAt),
                "available_at": .integer(entry.message.availableAt),
                "idempotency_key": .text(entry.message.idempotencyKey),
                "last_error": .text(entry.message.lastError),
            ])
    }

    @Sendable
    private func queues(_ request: Request, _ context: ServerContext) async throws -> Response {
        let all = node.queueCounters().sorted { $0.key < $1.key }
        return Response(200, ["queues": .array(all.map { Self.document($0.key, $0.value) })])
    }

    @Sendable
    private func queue(_ request: Request, _ context: ServerContext) async throws -> Response {
        let queue = try context.queue()
        // A queue comes into being with its first message; before that it is empty.
        return Response(200, Self.document(queue, node.queueCounters()[queue] ?? .init()))
    }

    @Sendable
    private func deadLetters(_ request: Request, _ context: ServerContext) async throws -> Response
    {
        let queue = try context.queue()
        let parameters = request.uri.queryParameters
        let limit = parameters["limit"].map { Int($0) } ?? 100
        guard let limit, (1...1000).contains(limit) else {
            throw Problem.badRequest("'limit' must be a whole number from 1 to 1000")
        }
        var after: MessageIdentifier?
        if let text = parameters["after"] {
            guard let id = MessageIdentifier(text) else {
                throw Problem.badRequest("'after' must be a message id")
            }
            after = id
        }
        let (messages, hasMore) = node.deadLetters(queue: queue, after: after, limit: limit)
        let next = hasMore ? messages.last?.id.description : nil
        return Response(
            200,
            [
                "messages": .array(
                    messages.map {
                        [
                            "id": .string($0.id.description),
                            "idempotency_key": .text($0.idempotencyKey),
                            "body": .string($0.body), "attempts": .integer($0.failures),
                            "last_error": .text($0.lastError),
                        ]
                    }),
                "next": .text(next),
            ])
    }

    private static func document(_ name: String, _ counters: QueueState.Counters) -> JSONValue {
        [
            "name": .string(name), "ready": .count(counters.ready),
            "delayed": .count(counters.delayed), "leased": .count(counters.leased),
            "dead": .count(counters.dead), "acknowledged": .count(counters.acknowledged),
        ]
    }
}
