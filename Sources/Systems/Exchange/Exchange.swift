import NIOCore

/// One request on its way to its answer, its failure, or its deadline, whichever comes first.
///
/// `@unchecked Sendable`: every mutable property is read and written on `loop` only.
final class Exchange<Wire: ExchangeWire>: @unchecked Sendable, PoolWaiter {
    typealias Outcome = Result<Wire.Answer, ExchangeFailure>

    private enum Stage {
        case created
        case waiting(CheckedContinuation<Outcome, Never>)
        case sent(CheckedContinuation<Outcome, Never>, ExchangeHandler<Wire>)
        case finished
    }

    let request: Wire.Request
    let deadline: NIODeadline
    let loop: any EventLoop
    private var stage = Stage.created
    private var timer: NIOScheduledCallback?

    init(_ request: Wire.Request, deadline: NIODeadline, loop: any EventLoop) {
        self.request = request
        self.deadline = deadline
        self.loop = loop
    }

    var isFinished: Bool {
        if case .finished = stage { return true }
        return false
    }

    /// Takes the continuation and starts the clock; false when the exchange was cancelled before.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        loop.assertInEventLoop()
        guard case .created = stage else {
            continuation.resume(
                returning: .failure(
                    ExchangeFailure(.notSent, .cancelled, detail: "the caller gave up")))
            return false
        }
        stage = .waiting(continuation)
        do {
            timer = try loop.scheduleCallback(at: deadline, handler: self)
        } catch {
            abandon(.clientClosed, detail: "the event loop has shut down: \(error)")
            return false
        }
        return true
    }

    /// Notes that the request is being written by `handler`: from here on it may have arrived.
    func sent(by handler: ExchangeHandler<Wire>) {
        guard case .waiting(let continuation) = stage else { return }
        stage = .sent(continuation, handler)
    }

    /// Ends with `answer`; only the first end counts.
    func succeed(_ answer: Wire.Answer) {
        finish { .success(answer) }
    }

    /// Ends without an answer; what the service can have seen follows from how far it had come.
    func fail(_ reason: ExchangeFailure.Reason, detail: String) {
        var delivery = ExchangeFailure.Delivery.notSent
        if case .sent = stage { delivery = .unknown }
        finish { .failure(ExchangeFailure(delivery, reason, detail: detail)) }
    }

    /// Ends without an answer and closes the connection that still waits for it.
    func abandon(_ reason: ExchangeFailure.Reason, detail: String) {
        loop.assertInEventLoop()
        if case .created = stage { stage = .finished }
        var abandoned: ExchangeHandler<Wire>?
        if case .sent(_, let handler) = stage { abandoned = handler }
        fail(reason, detail: detail)
        abandoned?.abandon()
    }

    private func finish(_ outcome: () -> Outcome) {
        let continuation: CheckedContinuation<Outcome, Never>
        switch stage {
        case .created, .finished: return
        case .waiting(let waiting): continuation = waiting
        case .sent(let waiting, _): continuation = waiting
        }
        stage = .finished
        timer?.cancel()
        timer = nil
        continuation.resume(returning: outcome())
    }
}

extension Exchange: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        abandon(.timeout, detail: "no answer before the deadline")
    }
}
