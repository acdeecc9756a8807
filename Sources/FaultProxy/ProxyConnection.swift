import NIOCore
import Synchronization

/// One client's connection and the one to the server that belongs to it; loop-confined.
final class ProxyConnection {
    private enum Phase { case idle, dialing, relaying, refused, closed }

    /// The longest that a client whose server refused is listened to, and how long after its
    /// first bytes: long enough for a small request, too short to look alive.
    static let refusedPatience = (
        total: TimeAmount.seconds(1), more: TimeAmount.milliseconds(2)
    )
    static let refusedLimit = 64 << 10

    private let number: UInt64
    private let core: ProxyCore
    private let loop: any EventLoop
    private var phase = Phase.idle
    private var client: RelayHandler?
    private var server: RelayHandler?
    private var refusedBytes = 0
    /// What the client sent before the server had answered; a closing socket is read to its end.
    private var early: [ByteBuffer] = []
    private var endedEarly = false
    private var upstream: Pipe?
    private var downstream: Pipe?

    init(core: ProxyCore, loop: any EventLoop) {
        self.core = core
        self.loop = loop
        number = core.nextNumber()
    }

    /// The port that the client's end is on; nil when it is gone.
    var clientPort: Int? { client?.remotePort }

    /// Makes the client's end; its channel's pipeline takes it.
    func makeClientHandler() -> RelayHandler {
        let handler = RelayHandler(side: .client, connection: self)
        client = handler
        upstream = makePipe(.upstream)
        upstream?.source = handler
        downstream = makePipe(.downstream)
        downstream?.destination = handler
        return handler
    }

    private func makePipe(_ direction: ProxyDirection) -> Pipe {
        Pipe(
            direction: direction, core: core, connection: self, loop: loop,
            seed: core.seed(connection: number, direction: direction))
    }

    /// Starts to dial the server, once the client's channel is active.
    func begin() {
        guard phase == .idle else { return }
        phase = .dialing
        guard core.register(NIOLoopBound(self, eventLoop: loop), number: number) else {
            return reset()
        }
        let orders = core.orders
        guard !orders.refuses, !orders.resets else { return reset() }
        _ = upstream?.apply(orders.upstream)
        _ = downstream?.apply(orders.downstream)
        dial()
    }

    private func dial() {
        let port = core.upstreamPort
        let connection = NIOLoopBound(self, eventLoop: loop)
        let connected = ProxySockets.connect(
            port: port, from: core.sourceAddress, on: loop
        ) { channel in
            let handler = RelayHandler(side: .server, connection: connection.value)
            connection.value.server = handler
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                self.connected()
            case .failure:
                self.refused()
            }
        }
    }

    private func connected() {
        guard phase == .dialing, let server else {
            server?.reset()
            return
        }
        phase = .relaying
        upstream?.destination = server
        downstream?.source = server
        for buffer in early { receivedFromClient(buffer) }
        early = []
        if endedEarly { upstream?.end(.end) }
        upstream?.pump()
        downstream?.pump()
    }

    private func refused() {
        server = nil
        guard phase == .dialing else { return }
        phase = .refused
        core.counters.refused.add(1, ordering: .relaxed)
        for buffer in early { tapRefused(buffer) }
        guard !endedEarly else { return reset() }
        resetSoon(in: early.isEmpty ? Self.refusedPatience.total : Self.refusedPatience.more)
        client?.read()
    }

    private func tapRefused(_ buffer: ByteBuffer) {
        refusedBytes += buffer.readableBytes
        core.tap?.received(buffer, connection: number, forwarded: false)
    }

    private func resetSoon(in time: TimeAmount) {
        loop.assumeIsolated().scheduleTask(in: time) { self.reset() }
    }

    func received(_ buffer: ByteBuffer, from side: RelayHandler.Side) {
        let count = buffer.readableBytes
        guard side == .client else {
            core.counters.bytesDownstream.add(count, ordering: .relaxed)
            downstream?.receive(buffer)
            return
        }
        core.counters.bytesUpstream.add(count, ordering: .relaxed)
        switch phase {
        case .idle, .closed: break
        case .dialing: early.append(buffer)
        case .relaying: receivedFromClient(buffer)
        case .refused:
            if refusedBytes == 0 { resetSoon(in: Self.refusedPatience.more) }
            tapRefused(buffer)
        }
    }

    private func receivedFromClient(_ buffer: ByteBuffer) {
        core.tap?.received(buffer, connection: number, forwarded: true)
        upstream?.receive(buffer)
    }

    func readComplete(_ side: RelayHandler.Side) {
        if phase == .refused {
            if refusedBytes < Self.refusedLimit { client?.read() }
            return
        }
        pipe(from: side)?.readComplete()
    }

    func becameWritable(_ side: RelayHandler.Side) {
        pipe(from: side == .client ? .server : .client)?.pump()
    }

    func inputClosed(_ side: RelayHandler.Side) {
        switch phase {
        case .idle, .closed: break
        case .dialing: endedEarly = true
        case .relaying: pipe(from: side)?.end(.end)
        case .refused: reset()
        }
    }

    /// Notes that a socket is gone, by a reset or because both its directions had ended.
    ///
    /// The other side hears of it after the bytes that came before.
    func ended(_ side: RelayHandler.Side, by item: Pipe.Item) {
        switch phase {
        case .idle, .refused, .closed:
            finish()
        case .dialing:
            if side == .client { reset() }
        case .relaying:
            guard let ending = pipe(from: side),
                let useless = pipe(from: side == .client ? .server : .client)
            else { return }
            let isOrderly = ending.isFinished && useless.isFinished
            useless.abandon()
            if isOrderly {
                pipeClosed()
            } else if ending.isFinished {
                reset()
            } else {
                ending.end(item)
            }
        }
    }

    /// Closes both sockets once both directions have ended.
    func pipeClosed() {
        guard upstream?.isClosed == true, downstream?.isClosed == true else { return }
        let ends = [client, server]
        finish()
        for end in ends { end?.close() }
    }

    /// Breaks both sockets with a RST.
    func reset() {
        guard phase != .closed else { return }
        let ends = [client, server]
        finish()
        for end in ends { end?.reset() }
    }

    /// Takes changed toxics over; answers the bytes that were held.
    func refresh() -> Int {
        guard phase == .relaying || phase == .dialing else { return 0 }
        let orders = core.orders
        if orders.resets {
            reset()
            return 0
        }
        let held = upstream?.apply(orders.upstream) ?? 0
        return held + (downstream?.apply(orders.downstream) ?? 0)
    }

    private func pipe(from side: RelayHandler.Side) -> Pipe? {
        side == .client ? upstream : downstream
    }

    private func finish() {
        guard phase != .closed else { return }
        phase = .closed
        upstream?.abandon()
        downstream?.abandon()
        upstream = nil
        downstream = nil
        client = nil
        server = nil
        core.unregister(number: number)
    }
}
