public import NIOCore
import NIOPosix
import Synchronization

/// A name server on loopback that fails or delays chosen names, and asks others for all the rest.
///
/// It lives in the drill's own process and ends with it. Over UDP alone: an answer that is cut short
/// there is asked for again over TCP by the client, in vain.
public final class NameServer: Sendable {
    /// What becomes of questions for the chosen names.
    public enum Effect: Sendable, Equatable {
        case answer(NameMessage.Code)
        /// No answer ever comes.
        case silence
        /// The answer comes, and later.
        case delay(Duration)
    }

    /// What it answers.
    public struct Rules: Sendable {
        public var names: [NamePattern]
        public var effect: Effect
        /// Addresses of names in lower case that no other name server is asked for.
        public var known: [String: [String]]

        public init(names: [NamePattern], effect: Effect, known: [String: [String]] = [:]) {
            self.names = names
            self.effect = effect
            self.known = known
        }
    }

    /// What changes while it runs.
    final class Switches: Sendable {
        let isOn = Atomic(false)
        /// How many questions were asked for the chosen names while it was on.
        let questions = Atomic<UInt64>(0)
    }

    /// The address on loopback that it answers at.
    public let address: String
    public let port: Int
    private let channel: any Channel
    private let switches: Switches

    private init(address: String, port: Int, channel: any Channel, switches: Switches) {
        self.address = address
        self.port = port
        self.channel = channel
        self.switches = switches
    }

    /// Starts on an address of 127.0.0.0/8, and passes everything on until ``turnOn()``; throws when
    /// the port is taken there.
    ///
    /// - Parameters:
    ///   - port: 53 where resolv.conf(5) is to name it; 0 for a free one.
    ///   - upstream: the name servers that are asked for all other names; the next one of them once
    ///     one has not answered. Where there are none, others are answered with a server failure.
    ///   - group: the event loops; the process's own where nil.
    public static func start(
        address: String, port: Int = 53, rules: Rules, upstream: [(address: String, port: Int)],
        group: (any EventLoopGroup)? = nil
    ) async throws -> NameServer {
        let switches = Switches()
        let loop = (group ?? MultiThreadedEventLoopGroup.singleton).next()
        var relays: [NameRelay] = []
        do {
            for server in upstream {
                let peer = try SocketAddress(ipAddress: server.address, port: server.port)
                let host = peer.protocol == .inet6 ? "::" : "0.0.0.0"
                relays.append(
                    NameRelay(
                        peer: peer,
                        channel: try await Self.bootstrap(loop).bind(host: host, port: 0).get()))
            }
            let others = relays
            let channel = try await Self.bootstrap(loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = NameServerHandler(
                            rules: rules, relays: others, switches: switches)
                        try channel.pipeline.syncOperations.addHandler(handler)
                        for relay in others {
                            try relay.channel.pipeline.syncOperations.addHandler(
                                NameRelayHandler(server: handler))
                        }
                    }
                }
                .bind(host: address, port: port).get()
            channel.closeFuture.whenComplete { _ in
                for relay in others { relay.channel.close(promise: nil) }
            }
            return NameServer(
                address: address, port: channel.localAddress?.port ?? port, channel: channel,
                switches: switches)
        } catch {
            for relay in relays { try? await relay.channel.close() }
            throw error
        }
    }

    private static func bootstrap(_ loop: any EventLoop) -> DatagramBootstrap {
        // Answers with extensions are larger than NIO's own buffer for a datagram (RFC 6891).
        DatagramBootstrap(group: loop).channelOption(
            .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
    }

    /// Does to the chosen names what it was told to, from now on.
    public func turnOn() { switches.isOn.store(true, ordering: .relaxed) }

    /// Passes everything on again.
    public func turnOff() { switches.isOn.store(false, ordering: .relaxed) }

    /// How many questions were asked for the chosen names since ``turnOn()``.
    public var questions: UInt64 { switches.questions.load(ordering: .relaxed) }

    /// Stops after a while, in which those are still answered who have begun to ask.
    public func stop(after grace: Duration) {
        channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(grace / .nanoseconds(1)))) {
            [channel] in
            channel.close(promise: nil)
        }
    }

    /// Stops; safe to call twice.
    public func stop() async {
        // It may be closed already: that is what is wanted.
        try? await channel.close()
    }
}

/// Another name server, and the socket by which it is asked.
struct NameRelay: Sendable {
    var peer: SocketAddress
    var channel: any Channel
}
