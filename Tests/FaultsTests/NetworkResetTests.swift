import FaultProxy
import Kernel
import NIOCore
import NIOPosix
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

@Suite("network.reset", .timeLimit(.minutes(1)))
struct NetworkResetTests {
    @Test(
        "refuses what it could not do, with the way to put it right",
        arguments: [
            (["share": .ratio(.percent(0))], nil, "over 0 %"),
            (["share": .ratio(.percent(101))], nil, "over 0 %"),
            (["every": .duration(.seconds(1))], nil, "how long"),
            ([:], .seconds(5), "over at once"),
            (["every": .duration(.seconds(5))], .seconds(5), "less than 'for'"),
            (["every": .duration(.milliseconds(1))], .seconds(5), "at least 50 ms"),
        ] as [([String: ArgumentValue], Duration?, String)])
    func refusals(arguments: [String: ArgumentValue], duration: Duration?, reason: String) {
        #expect {
            try NetworkReset(
                step: step(arguments, for: duration), identifier: "f1", limits: Limits())
        } throws: {
            "\($0)".contains(reason)
        }
    }

    @Test("refuses connections outside of the testbed")
    func outside() {
        let step = FaultStep(kind: "network.reset", selector: Selector(listeningPort: 22))
        #expect {
            try NetworkReset(step: step, identifier: "f1", limits: Limits())
        } throws: {
            "\($0)".contains("only connections of the testbed")
        }
    }

    @Test(
        "takes the kernel where it can, and says why where it cannot",
        arguments: [
            ("auto", true, KernelAnswer.Presence.present, "sock_diag"),
            ("auto", true, .unknown, "sock_diag"), ("auto", false, .unknown, "proxy"),
            ("auto", true, .absent, "proxy"), ("proxy", true, .present, "proxy"),
            ("sock_diag", false, .present, nil), ("sock_diag", true, .absent, nil),
        ] as [(String, Bool, KernelAnswer.Presence, String?)])
    func backends(
        asked: String, isAllowed: Bool, presence: KernelAnswer.Presence, backend: String?
    ) {
        let choice = try? ResetBackendChoice(
            asked: asked, host: .fake(administration: isAllowed),
            kernel: KernelAnswer(presence, "SOCK_DESTROY was answered with EOPNOTSUPP"))
        #expect(choice?.backend.rawValue == backend)
        if asked == "auto", backend == "proxy" {
            #expect(choice?.note.contains(isAllowed ? "EOPNOTSUPP" : "CAP_NET_ADMIN") == true)
        }
    }

    @Test(
        "chooses the share of what is open, rounded, and at least one",
        arguments: [(1.0, 7, 7), (0.5, 7, 4), (0.1, 7, 1), (0.01, 7, 1), (0.5, 0, 0), (1.0, 1, 1)])
    func share(share: Double, open: Int, chosen: Int) {
        let choice = ResetChoice(share: share, seed: 7, stream: "f1")
        #expect(choice.chosen(from: connections(open), volley: 0).count == chosen)
    }

    @Test("the same seed chooses the same connections, in whatever order they are listed")
    func seeds() {
        let all = connections(40)
        let choice = ResetChoice(share: 0.25, seed: 7, stream: "f1")
        let chosen = choice.chosen(from: all, volley: 0)
        #expect(choice.chosen(from: all.reversed(), volley: 0) == chosen)
        #expect(choice.chosen(from: all, volley: 1) != chosen)
        var other = choice
        other.seed = 8
        #expect(other.chosen(from: all, volley: 0) != chosen)
    }

    @Test("a connection counts as gone when neither of its ends is established")
    func tally() {
        let chosen = connections(2)
        let peer = SocketTableEntry(
            local: chosen[1].remote, remote: chosen[1].local, state: .established, cookie: 99)
        var tally = ResetTally()
        tally.count(open: 2, chosen: chosen, ended: 0, after: [peer])
        #expect(tally.gone == 1)
        #expect(tally.proof(share: 1).injection == .mismatch)
        var clean = ResetTally()
        clean.count(open: 3, chosen: chosen, ended: 1, after: [])
        #expect(clean.proof(share: 1).injection == .confirmed)
        #expect(clean.reset == 1)
    }

    @Test("what was not chosen has to live, but for what ends by itself")
    func beside() {
        let all = connections(7)
        let chosen = Array(all.prefix(2))
        let rest = Array(all.dropFirst(2))
        for (alive, injection) in [(5, .confirmed), (3, .confirmed), (2, .mismatch)]
            as [(Int, FaultRecord.Injection)]
        {
            var tally = ResetTally()
            tally.count(
                open: 7, chosen: chosen, ended: 0, after: Array(rest.prefix(alive)), beside: rest)
            let proof = tally.proof(share: 0.3)
            #expect(proof.injection == injection, "\(proof.sentence)")
            #expect(proof.achieved.last?.during?.value == Double(alive))
            #expect(proof.achieved.first?.requested.text == "30 %: 2")
        }
    }

    @Test("no open connection, or only ones that ended by themselves, prove nothing")
    func unproven() {
        var tally = ResetTally()
        tally.count(open: 0, chosen: [], ended: 0, after: [])
        #expect(tally.proof(share: 1).injection == .unproven)
        tally.count(open: 1, chosen: connections(1), ended: 1, after: [])
        #expect(tally.proof(share: 1).injection == .unproven)
    }

    @Test("resets real connections through their proxy, again and again, and spares others")
    func live() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        let aimed = try await FaultProxy.start(
            name: "clients to a", upstreamPort: port, group: group, seed: 1)
        let other = try await FaultProxy.start(
            name: "clients to b", upstreamPort: port, group: group, seed: 1)
        let clients = ReconnectingClients()
        for _ in 0..<4 { try await clients.connect(to: aimed.port, group: group) }
        let spared = try await ClientBootstrap(group: group)
            .connect(host: "127.0.0.1", port: other.port).get()
        let testbed = FakeTestbed(
            [.fake("a", .primary), .fake("b", .standby)],
            links: [
                TestbedLink(source: "clients", destination: "a", proxy: aimed),
                TestbedLink(source: "clients", destination: "b", proxy: other),
            ])
        let step = step(
            [
                "every": .duration(.milliseconds(200)), "share": .ratio(.percent(50)),
                "backend": .string("proxy"),
            ], for: .milliseconds(500))
        let fault = try NetworkReset(step: step, identifier: "f1", limits: Limits())
        let record = await FaultLife(fault, context: .fake(Journal(), testbed: testbed)).run()
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean, "\(record.comparisons)")
        #expect(record.objects == ["link clients to a"])
        // Half of four each time; how many volleys fit depends on the machine.
        #expect(await clients.haveSeen(resets: 2))
        #expect(spared.isActive)
        clients.stop()
        try await spared.close()
        await aimed.stop()
        await other.stop()
        try await server.close()
    }

    @Test("asks again for a connection that the kernel lists before its proxy has accepted it")
    func lateAcceptance() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await ServerBootstrap(group: group)
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = try await FaultProxy.start(
            name: "clients to a", upstreamPort: server.localAddress?.port ?? 0, group: group,
            seed: 1)
        let client = try await ClientBootstrap(group: group)
            .connect(host: "127.0.0.1", port: proxy.port).get()
        let testbed = FakeTestbed(
            [.fake("a", .primary)],
            links: [TestbedLink(source: "clients", destination: "a", proxy: proxy)])
        let aims = try ResetAim.aims(
            of: Selector(link: Selector.Link(source: "clients", destination: "a")),
            backend: .proxy, links: testbed.links, nodes: await testbed.nodes(), seed: 7,
            stream: "f1")
        let context = FaultContext.fake(Journal(), testbed: testbed)
        let injector = ResetInjector(
            identifier: "f1", aims: aims, backend: LateReset(proxy: ProxyReset(proxies: [proxy])),
            note: "", choice: ResetChoice(share: 1, seed: 7, stream: "f1"), repetition: nil,
            context: context)
        try await injector.snapshot()
        try await injector.inject()
        try await injector.readBack()
        #expect(await injector.proof().injection == .confirmed)
        try? await client.close()
        await proxy.stop()
        try await server.close()
    }

    private func step(
        _ arguments: [String: ArgumentValue], for duration: Duration?
    ) -> FaultStep {
        FaultStep(
            kind: "network.reset",
            selector: Selector(link: Selector.Link(source: "clients", destination: "primary")),
            arguments: Arguments(arguments), duration: duration)
    }

    private func connections(_ count: Int) -> [SocketTableEntry] {
        (0..<count).map { number in
            SocketTableEntry(
                local: .loopback(port: 7001), remote: .loopback(port: UInt16(40_000 + number)),
                state: .established, cookie: UInt64(number + 1))
        }
    }
}

/// A proxy that does not know a connection yet when it is asked to reset it for the first time.
private final class LateReset: ResetBackend {
    let name = "proxy"
    private let proxy: ProxyReset
    private let calls = Mutex(0)

    init(proxy: ProxyReset) { self.proxy = proxy }

    func reset(_ connections: [SocketTableEntry]) async -> [SocketTableEntry] {
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        return call == 1 ? [] : await proxy.reset(connections)
    }
}

/// Connections that are opened anew when they are reset, and count the resets.
private final class ReconnectingClients: Sendable {
    private let state = Mutex((resets: 0, isStopped: false, channels: [any Channel]()))

    var resets: Int { state.withLock(\.resets) }

    func connect(to port: Int, group: any EventLoopGroup) async throws {
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Counter(self, port))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        state.withLock { $0.channels.append(channel) }
    }

    /// Whether the clients have noticed so many resets, which may be a moment after them.
    func haveSeen(resets wanted: Int) async -> Bool {
        for _ in 0..<500 where resets < wanted {
            try? await Task.sleep(for: .milliseconds(10))
        }
        return resets >= wanted
    }

    func stop() {
        let channels = state.withLock { state in
            state.isStopped = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func wasReset(_ port: Int, _ group: any EventLoopGroup) {
        let isStopped = state.withLock { state in
            state.resets += 1
            return state.isStopped
        }
        guard !isStopped else { return }
        ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Counter(self, port))
                }
            }.connect(host: "127.0.0.1", port: port).whenSuccess { channel in
                self.state.withLock { $0.channels.append(channel) }
            }
    }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let clients: ReconnectingClients
        private let port: Int

        init(_ clients: ReconnectingClients, _ port: Int) {
            (self.clients, self.port) = (clients, port)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if (error as? IOError)?.errnoCode == 104 {
                clients.wasReset(port, context.eventLoop)
            }
            context.close(promise: nil)
        }
    }
}
