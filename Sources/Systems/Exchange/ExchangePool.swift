import Glibc
import NIOCore
import NIOPosix
import Playbooks

/// How much a client may use of one service.
struct ExchangeLimits {
    var connections: Int
    var waiting: Int
    var answer: Int
    var idle: TimeAmount
}

/// The connections to one address, all on one event loop: no lock is taken on the way of a request.
///
/// `@unchecked Sendable`: every mutable property is read and written on `loop` only.
final class ExchangePool<Wire: ExchangeWire>: @unchecked Sendable {
    /// The longest that a request may take, whatever its caller says.
    private static var longestDeadline: Duration { .seconds(86_400) }

    /// What a new connection gets before the wire's own codecs.
    typealias Preparation = @Sendable (any Channel) throws -> Void

    let loop: any EventLoop
    private let address: SocketAddress
    private let prepare: Preparation
    private let limits: ExchangeLimits
    private var state: PoolState<ExchangeHandler<Wire>, Exchange<Wire>>
    private var handlers: [ObjectIdentifier: ExchangeHandler<Wire>] = [:]
    /// The exchanges for which a connection is being made.
    private var connecting: [ObjectIdentifier: Exchange<Wire>] = [:]
    private var isClosed = false
    private var emptied: EventLoopPromise<Void>?

    init(
        address: SocketAddress, limits: ExchangeLimits, loop: any EventLoop,
        prepare: @escaping Preparation = { _ in }
    ) {
        self.address = address
        self.prepare = prepare
        self.limits = limits
        self.loop = loop
        state = PoolState(
            maximumConnections: limits.connections, maximumWaiting: limits.waiting,
            maximumIdle: limits.idle)
    }

    /// Carries out one request; returns by the deadline, and soon after its task is cancelled.
    func send(_ request: Wire.Request, deadline: Duration) async
        -> Result<Wire.Answer, ExchangeFailure>
    {
        let bounded = min(max(deadline, .zero), Self.longestDeadline)
        let exchange = Exchange<Wire>(
            request, deadline: .now() + .nanoseconds(bounded.nanoseconds), loop: loop)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute {
                    guard exchange.begin(continuation) else { return }
                    self.submit(exchange)
                }
            }
        } onCancel: {
            loop.execute { exchange.abandon(.cancelled, detail: "the caller gave up") }
        }
    }

    /// Fails what waits, closes every connection and returns when they are gone.
    func close() async {
        let promise = loop.makePromise(of: Void.self)
        loop.execute { self.shutDown(promise) }
        // The promise is kept by this pool alone and never failed.
        try? await promise.futureResult.get()
    }

    func release(_ handler: ExchangeHandler<Wire>) {
        loop.assertInEventLoop()
        guard !isClosed else { return handler.close() }
        guard let next = state.release(handler, now: .now()) else { return }
        start(next, on: handler)
    }

    func closed(_ handler: ExchangeHandler<Wire>) {
        loop.assertInEventLoop()
        guard handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil else { return }
        slotFreed(handler)
    }

    private func submit(_ exchange: Exchange<Wire>) {
        guard !isClosed else {
            return exchange.fail(.clientClosed, detail: "the client has been closed")
        }
        let (placement, stale) = state.submit(exchange, now: .now())
        for handler in stale { handler.close() }
        switch placement {
        case .use(let handler): start(exchange, on: handler)
        case .connect: connect(for: exchange)
        case .wait: break
        case .refuse:
            exchange.fail(
                .tooManyWaiting,
                detail: "\(limits.connections) connections are busy and \(limits.waiting) "
                    + "requests wait for one")
        }
    }

    private func start(_ exchange: Exchange<Wire>, on handler: ExchangeHandler<Wire>) {
        // A connection that died while idle is counted out when it says so; until then it only
        // costs this exchange a place in the queue again, with nothing written.
        guard !handler.start(exchange) else { return }
        submit(exchange)
    }

    private func connect(for exchange: Exchange<Wire>) {
        connecting[ObjectIdentifier(exchange)] = exchange
        let remaining = exchange.deadline - .now()
        ClientBootstrap(group: loop)
            .connectTimeout(max(.milliseconds(1), remaining))
            .channelInitializer { [limits, prepare] channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try Wire.addCodecs(to: channel)
                    try channel.pipeline.syncOperations.addHandler(
                        ExchangeHandler<Wire>(pool: self, maximumAnswer: limits.answer))
                }
            }
            .connect(to: address)
            .flatMapThrowing { channel in
                self.connected(
                    try channel.pipeline.syncOperations.handler(type: ExchangeHandler<Wire>.self),
                    for: exchange)
            }
            .whenFailure { error in
                self.connectFailed(error, for: exchange)
            }
    }

    private func connected(_ handler: ExchangeHandler<Wire>, for exchange: Exchange<Wire>) {
        connecting[ObjectIdentifier(exchange)] = nil
        guard handler.isActive else {
            exchange.fail(.closed, detail: "\(address) closed the connection as it was made")
            return slotFreed(nil)
        }
        handlers[ObjectIdentifier(handler)] = handler
        guard !isClosed else { return handler.close() }
        if exchange.isFinished {
            release(handler)
        } else {
            start(exchange, on: handler)
        }
    }

    private func connectFailed(_ error: any Error, for exchange: Exchange<Wire>) {
        connecting[ObjectIdentifier(exchange)] = nil
        let reason: ExchangeFailure.Reason
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: reason = .refused
        case let error as IOError where error.errnoCode == ECONNRESET: reason = .reset
        case ChannelError.connectTimeout: reason = .timeout
        default: reason = .unreachable
        }
        exchange.fail(reason, detail: "connect to \(address): \(error)")
        slotFreed(nil)
    }

    private func slotFreed(_ handler: ExchangeHandler<Wire>?) {
        if let next = state.closed(handler) { connect(for: next) }
        if isClosed && state.open == 0 { emptied?.succeed(()) }
    }

    private func shutDown(_ promise: EventLoopPromise<Void>) {
        if let emptied {
            emptied.futureResult.cascade(to: promise)
            return
        }
        isClosed = true
        emptied = promise
        for waiter in state.removeWaiters() + connecting.values {
            waiter.fail(.clientClosed, detail: "the client has been closed")
        }
        for handler in handlers.values { handler.close() }
        if state.open == 0 { promise.succeed(()) }
    }
}
