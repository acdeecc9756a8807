import NIOCore
import NIOPosix
public import Playbooks
public import Records
import Synchronization
import Systems

/// Opens a TCP connection and closes it at once, to learn whether anybody listens.
public struct TCPProbe: Probe {
    static let usualPatience: Duration = .seconds(2)

    public static let declaration = KindDeclaration(
        kind: "tcp", summary: "Opens a TCP connection and closes it at once.",
        selector: .optional,
        parameters: [
            .init(
                "host", .string, "An IP address or a host's name, with 'port'.",
                default: .string("127.0.0.1")),
            .init("port", .integer(1...65_535), "The port; or 'on' for a node's own."),
            .init(
                "expect",
                .mapping([
                    .init(
                        "within", .duration, "The longest wait for the connection.",
                        default: .duration(usualPatience))
                ]), "What a healthy answer is."),
        ])

    private let step: ProbeStep
    private let host: HostLookup
    /// Nil when nodes are asked at their own ports.
    private let port: Int?
    private let within: Duration

    public init(step: ProbeStep) throws {
        try NodeQuestion.check(step)
        self.step = step
        let host = step.arguments.string("host") ?? "127.0.0.1"
        port = step.arguments.integer("port").map(Int.init)
        within = step.arguments.mapping("expect")?.duration("within") ?? Self.usualPatience
        guard within > .zero else { throw ProbeError(step, "'within' must be more than 0") }
        guard (port == nil) != (step.selector == nil) else {
            throw ProbeError(step, "takes either 'port' or 'on'")
        }
        guard let lookup = HostLookup(host) else {
            throw ProbeError(step, "'\(host)' is neither an IP address nor a host's name")
        }
        self.host = lookup
    }

    public func planned(_ shown: (String) -> String) -> [String] {
        guard let port else { return ["the ports of the testbed's nodes"] }
        return ["port \(port) of \(shown(step.arguments.string("host") ?? "127.0.0.1"))"]
    }

    public func ask(context: ProbeContext) async -> [ProbeSample] {
        let patience = min(within, context.bound)
        guard let port else {
            return await NodeQuestion.ask(step, context: context) { node, _ in
                await Self.connect(host: "127.0.0.1", port: node.port, within: patience)
            }
        }
        let started = context.now()
        let answer = await host.ask(within: patience, now: context.now) { address, left in
            let answer = await Self.connect(host: address, port: port, within: left)
            return (answer, isFinal: answer.result != .unhealthy)
        }
        return [NodeQuestion.sample(step, nil, from: started, context, answer)]
    }

    /// One attempt; cancelling the task closes the socket, which ends the attempt.
    private static func connect(host: String, port: Int, within: Duration) async -> NodeAnswer {
        let opening = Opening()
        do {
            let address = try SocketAddress(ipAddress: host, port: port)
            let channel = try await withTaskCancellationHandler {
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connectTimeout(.nanoseconds(within.nanoseconds))
                    .channelInitializer { channel in
                        opening.begin(channel)
                        return channel.eventLoop.makeSucceededVoidFuture()
                    }
                    .connect(to: address).get()
            } onCancel: {
                opening.cancel()
            }
            try? await channel.close()
            return NodeAnswer(.healthy, "connected")
        } catch ChannelError.connectTimeout {
            return NodeAnswer(.unhealthy, "timeout")
        } catch {
            return opening.isCancelled
                ? NodeAnswer(.unknown, "cancelled") : NodeAnswer(.unhealthy, word(for: error))
        }
    }

    /// A word from a bounded set, so that answers can be counted.
    private static func word(for error: any Error) -> String {
        guard let error = error as? IOError else { return "not connected" }
        return SocketFailure.words[error.errnoCode] ?? "errno \(error.errnoCode)"
    }
}

/// A connection being opened, that a cancelled task closes.
private final class Opening: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isCancelled = false
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    func begin(_ channel: any Channel) {
        let isCancelled = state.withLock { state in
            state.channel = channel
            return state.isCancelled
        }
        if isCancelled { channel.close(promise: nil) }
    }

    func cancel() {
        let channel = state.withLock { state in
            state.isCancelled = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}
