import FaultProxy
import NIOCore
import NIOPosix
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

/// Sends back what comes.
private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(data, promise: nil)
    }
}

/// Asks over one connection, one byte at a time.
private final class Asker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var waiting: EventLoopPromise<Void>?

    func ask(_ channel: any Channel) -> EventLoopFuture<Void> {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        waiting = promise
        channel.writeAndFlush(ByteBuffer(bytes: [1]), promise: nil)
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiting?.succeed(())
        waiting = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        waiting?.fail(ChannelError.eof)
    }
}

@Suite("network.delay over a real proxy", .timeLimit(.minutes(1)))
struct LiveDelayTests {
    @Test("is confirmed by real round trips, before, during and after")
    func live() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let proxy = try await FaultProxy.start(
            name: "clients to a", upstreamPort: server.localAddress?.port ?? 0,
            group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Asker())
                }
            }.connect(host: "127.0.0.1", port: proxy.port).get()
        let testbed = FakeTestbed(
            [.fake("a", .primary)],
            links: [TestbedLink(source: "clients", destination: "a", proxy: proxy)],
            ask: {
                let start = ContinuousClock.now
                try await channel.eventLoop.flatSubmit {
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.handler(type: Asker.self)
                            .ask(channel)
                    }.flatMap { $0 }
                }.get()
                return ContinuousClock.now - start
            })
        // Long enough to stand out of the noise of a busy machine.
        let step = FaultStep(
            kind: "network.delay",
            selector: Selector(link: Selector.Link(source: "clients", destination: "primary")),
            arguments: Arguments([
                "delay": .duration(.milliseconds(80)), "jitter": .duration(.milliseconds(10)),
            ]), duration: .seconds(3))
        let fault = try NetworkDelay(step: step, identifier: "f1", limits: Limits())
        let record = await FaultLife(fault, context: .fake(Journal(), testbed: testbed)).run()
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.achieved.first?.samples ?? 0 >= 20)
        try await channel.close()
        await proxy.stop()
        try await server.close()
    }
}
