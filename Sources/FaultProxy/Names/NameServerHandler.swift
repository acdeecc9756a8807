import NIOCore
import Synchronization

/// Answers questions, or passes them on; everything of it is on one event loop.
final class NameServerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// Who waits for the answer to a question that was passed on.
    private struct Asker {
        var address: SocketAddress
        var identifier: UInt16
        var delay: TimeAmount?
        var askedAt: NIODeadline
        var relay: Int
    }

    /// More that wait than this are not passed on.
    private static let mostAskers = 4096
    /// Resolvers ask again after five seconds, and then the next name server is to have its turn.
    private static let patience = TimeAmount.seconds(4)

    private let rules: NameServer.Rules
    private let relays: [NameRelay]
    private let switches: NameServer.Switches
    private var askers: [UInt16: Asker] = [:]
    private var next: UInt16 = 0
    private var current = 0
    private var context: ChannelHandlerContext?

    init(rules: NameServer.Rules, relays: [NameRelay], switches: NameServer.Switches) {
        self.rules = rules
        self.relays = relays
        self.switches = switches
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let bytes = Array(envelope.data.readableBytesView)
        guard let message = NameMessage(bytes), !message.isAnswer else { return }
        let isChosen = rules.names.contains { $0.fits(message.name) }
        guard isChosen, switches.isOn.load(ordering: .relaxed) else {
            return answer(bytes, message, to: envelope.remoteAddress, after: nil)
        }
        switches.questions.wrappingAdd(1, ordering: .relaxed)
        switch rules.effect {
        case .answer(let code):
            send(NameMessage.answer(to: bytes, message, code: code), to: envelope.remoteAddress)
        case .silence: break
        case .delay(let delay):
            answer(
                bytes, message, to: envelope.remoteAddress,
                after: .nanoseconds(Int64(delay / .nanoseconds(1))))
        }
    }

    /// Answers as it would be without a fault, by itself or by another name server.
    private func answer(
        _ bytes: [UInt8], _ message: NameMessage, to address: SocketAddress,
        after delay: TimeAmount?
    ) {
        if let addresses = rules.known[message.name] {
            let answer = NameMessage.answer(to: bytes, message, addresses: addresses)
            return send(answer, to: address, after: delay)
        }
        guard !relays.isEmpty else {
            let answer = NameMessage.answer(to: bytes, message, code: .serverFailure)
            return send(answer, to: address, after: delay)
        }
        let now = NIODeadline.now()
        forget(before: now - Self.patience)
        guard askers.count < Self.mostAskers else { return }
        repeat { next &+= 1 } while askers[next] != nil
        askers[next] = Asker(
            address: address, identifier: message.identifier, delay: delay, askedAt: now,
            relay: current)
        let question = ByteBuffer(bytes: NameMessage.renamed(bytes, identifier: next))
        relays[current].channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: relays[current].peer, data: question), promise: nil)
    }

    /// Gives up those who wait too long, and asks another name server from then on.
    private func forget(before moment: NIODeadline) {
        let kept = askers.filter { $0.value.askedAt > moment }
        guard kept.count < askers.count else { return }
        if askers.contains(where: { $0.value.askedAt <= moment && $0.value.relay == current }) {
            current = (current + 1) % relays.count
        }
        askers = kept
    }

    /// Takes an answer that came for a question that was passed on.
    func receive(_ bytes: [UInt8], from address: SocketAddress) {
        guard let message = NameMessage(bytes), message.isAnswer,
            let asker = askers[message.identifier], relays[asker.relay].peer == address
        else { return }
        askers[message.identifier] = nil
        send(
            NameMessage.renamed(bytes, identifier: asker.identifier), to: asker.address,
            after: asker.delay)
    }

    private func send(_ bytes: [UInt8], to address: SocketAddress, after delay: TimeAmount?) {
        guard let delay, let context else { return send(bytes, to: address) }
        context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.send(bytes, to: address)
        }
    }

    private func send(_ bytes: [UInt8], to address: SocketAddress) {
        guard let context else { return }
        let envelope = AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: bytes))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
    }
}

/// Hands what another name server answers to the one in between.
final class NameRelayHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let server: NameServerHandler

    init(server: NameServerHandler) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        server.receive(Array(envelope.data.readableBytesView), from: envelope.remoteAddress)
    }
}
