import Glibc
import Kernel
import Testing

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

/// Long enough for a packet over `lo` on a busy machine.
private let patience: Int32 = 10_000
/// Long enough to say that nothing came.
private let silence: Int32 = 250

@Suite("An nf_tables table in a namespace of its own", .timeLimit(.minutes(2)))
struct NftablesTableTests {
    @Test(
        "Packets to one port vanish silently, others do not, and both pass once it is closed",
        arguments: [
            NftablesChain.Hook.input, .prerouting, .ingress(interface: "lo"),
            .egress(interface: "lo"),
        ])
    func drop(hook: NftablesChain.Hook) async throws {
        let namespace = try await NetworkNamespace.make()
        let (hit, hitPort) = try NamespaceSocket.listener(in: namespace)
        let (spared, sparedPort) = try NamespaceSocket.listener(in: namespace)
        let table = try makeTable(
            hook,
            [
                rule(hitPort, .tcp, .drop), rule(hitPort, .udp, .drop),
                rule(sparedPort, .udp, .drop),
            ], in: namespace)
        #expect(try table.differences() == [])
        let late = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(late.connect(to: hitPort, within: silence) == ETIMEDOUT)
        let other = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(other.connect(to: sparedPort, within: patience) == 0)
        #expect(spared.accept(within: patience) != nil)
        // A sender that is not told would be told by UDP at once.
        #expect(try NamespaceSocket(SOCK_DGRAM, in: namespace).sendByte(to: hitPort) == 0)
        let counts = try table.counts()[0]
        #expect(counts[0].packets >= 1)
        #expect(counts[1].packets == 1)
        #expect(counts[2].packets == 0)
        table.close()
        table.close()
        #expect(try table.differences() == ["the table firedrill-test is missing"])
        #expect(
            try NftablesTable.exists(name: table.name, namespace: namespace.descriptor.number)
                == false)
        let now = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(now.connect(to: hitPort, within: patience) == 0)
        #expect(hit.accept(within: patience) != nil)
        await namespace.remove()
    }

    @Test(
        "What the kernel has of it is found out by making it, and nothing is left of the question")
    func questions() async throws {
        let scratch = try ScratchNetworkNamespace()
        for answer in [
            KernelAnswer.ownerTables(in: scratch), KernelAnswer.deviceHooks(in: scratch),
        ] {
            #expect(answer.presence == .present, "\(answer.evidence)")
        }
        let namespace = try await NetworkNamespace.make()
        let inside = try NamedNetworkNamespace(
            path: "/proc/self/fd/\(namespace.descriptor.number)")
        let presences = try inside.inside {
            [KernelAnswer.ownerTables(), KernelAnswer.deviceHooks()].map(\.presence)
        }
        #expect(presences == [.present, .present])
        #expect(try await namespace.run("! nft list ruleset | grep -q .") == 0)
        await namespace.remove()
    }

    @Test("It is gone once it is closed, though a child just forked has the socket as well")
    func copies() async throws {
        let namespace = try await NetworkNamespace.make()
        let table = try makeTable(.input, [rule(9, .udp, .drop)], in: namespace)
        let copies = (3..<1_024).filter(isNetlink).map { fcntl($0, F_DUPFD_CLOEXEC, 1_024) }
        defer { for copy in copies { close(copy) } }
        #expect(!copies.isEmpty)
        table.close()
        #expect(
            try NftablesTable.exists(name: table.name, namespace: namespace.descriptor.number)
                == false)
        await namespace.remove()
    }

    private func isNetlink(_ descriptor: Int32) -> Bool {
        var domain: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0
            && domain == AF_NETLINK
    }

    @Test("Where packets go out, the sender is told with EPERM")
    func output() async throws {
        let namespace = try await NetworkNamespace.make()
        let receiver = try NamespaceSocket(SOCK_DGRAM, in: namespace)
        let port = try receiver.bindToFreePort(listening: false)
        let rule = NftablesRule(
            FlowMatch(
                outgoing: loopback, destination: AddressRange("127.0.0.0/8"), transport: .udp,
                destinationPorts: port...port, user: getuid()), .drop)
        let table = try makeTable(.output, [rule], in: namespace)
        let sender = try NamespaceSocket(SOCK_DGRAM, in: namespace)
        #expect(sender.sendByte(to: port) == EPERM)
        table.close()
        #expect(sender.sendByte(to: port) == 0)
        #expect(receiver.receivesByte(within: patience))
        await namespace.remove()
    }

    @Test("Answers are lost while handshakes and requests pass, and arrive once it is closed")
    func answers() async throws {
        let namespace = try await NetworkNamespace.make()
        let (listener, port) = try NamespaceSocket.listener(in: namespace)
        let rule = NftablesRule(
            FlowMatch(
                incoming: loopback, source: AddressRange("127.0.0.1"), transport: .tcp,
                sourcePorts: port...port, carriesPayload: true), .drop)
        let table = try makeTable(.input, [rule], in: namespace)
        #expect(try table.differences() == [])
        let client = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(client.connect(to: port, within: patience) == 0)
        let server = try #require(listener.accept(within: patience))
        #expect(try table.counts()[0][0].packets == 0)
        #expect(client.sendByte() == 0)
        #expect(server.receivesByte(within: patience))
        #expect(server.sendByte() == 0)
        #expect(!client.receivesByte(within: silence))
        #expect(try table.counts()[0][0].packets >= 1)
        table.close()
        #expect(client.receivesByte(within: patience))
        await namespace.remove()
    }

    @Test("A reset refuses new connections and ends old ones")
    func reset() async throws {
        let namespace = try await NetworkNamespace.make()
        let (listener, port) = try NamespaceSocket.listener(in: namespace)
        let old = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(old.connect(to: port, within: patience) == 0)
        let server = try #require(listener.accept(within: patience))
        let table = try makeTable(.input, [rule(port, .tcp, .reset)], in: namespace)
        let new = try NamespaceSocket(SOCK_STREAM, in: namespace)
        #expect(new.connect(to: port, within: patience) == ECONNREFUSED)
        #expect(old.sendByte() == 0)
        #expect(!old.receivesByte(within: patience))
        #expect(old.sendByte() != 0)
        #expect(try table.differences() == [])
        table.close()
        #expect(!server.receivesByte(within: 0))
        await namespace.remove()
    }

    @Test("Packets are steered into a class by their priority, and none once it is closed")
    func steer() async throws {
        let namespace = try await NetworkNamespace.make()
        try #require(try await namespace.addTwoClasses())
        let receiver = try NamespaceSocket(SOCK_DGRAM, in: namespace)
        let port = try receiver.bindToFreePort(listening: false)
        let table = try makeTable(
            .output, [rule(port, .udp, .steer(toClass: 0x4664_0004))], in: namespace)
        #expect(try table.differences() == [])
        let sender = try NamespaceSocket(SOCK_DGRAM, in: namespace)
        for _ in 0..<3 { #expect(sender.sendByte(to: port) == 0) }
        let script = "tc -s qdisc show dev lo | grep -A1 '40:' | grep -q ' 3 pkt'"
        #expect(try await namespace.run(script) == 0)
        table.close()
        #expect(sender.sendByte(to: port) == 0)
        #expect(try await namespace.run(script) == 0)
        await namespace.remove()
    }

    @Test("Nobody else can take it out, nor use its name; nft flush ruleset leaves it alone")
    func owner() async throws {
        let namespace = try await NetworkNamespace.make()
        let table = try makeTable(.input, [rule(7001, .tcp, .drop)], in: namespace)
        let name = table.name
        #expect(try await namespace.run("nft delete table inet \(name) 2>/dev/null") != 0)
        #expect(try await namespace.run("nft flush ruleset") == 0)
        #expect(try table.differences() == [])
        #expect {
            _ = try makeTable(.input, [], in: namespace)
        } throws: { error in
            "\(error)".contains("the name is taken") && "\(error)".contains(name)
        }
        #expect(try table.differences() == [])
        await namespace.remove()
    }

    @Test("A batch that cannot be performed whole leaves nothing and names what failed")
    func failure() async throws {
        let namespace = try await NetworkNamespace.make()
        #expect {
            _ = try makeTable(.ingress(interface: "nowhere"), [], in: namespace)
        } throws: { "\($0)".contains("nowhere") }
        #expect {
            _ = try NftablesTable(
                name: "firedrill-test",
                chains: [
                    NftablesChain(name: "a", hook: .input, rules: []),
                    NftablesChain(name: "b", hook: .ingress(interface: "lo"), rules: []),
                ], namespace: namespace.descriptor.number)
        } throws: { "\($0)".contains("of their own") }
        #expect(
            try NftablesTable.exists(
                name: "firedrill-test", namespace: namespace.descriptor.number) == false)
        await namespace.remove()
    }

    @Test("Hundreds of rules go in at once and are all read back")
    func many() async throws {
        let namespace = try await NetworkNamespace.make()
        let rules = (1...300).map { rule(UInt16(20_000 + $0), .tcp, .drop) }
        let table = try makeTable(.input, rules, in: namespace)
        #expect(try table.differences() == [])
        #expect(try table.counts()[0].count == 300)
        table.close()
        await namespace.remove()
    }

    private func rule(
        _ port: UInt16, _ transport: FlowMatch.Transport, _ action: NftablesRule.Action
    ) -> NftablesRule {
        NftablesRule(
            FlowMatch(
                destination: AddressRange("127.0.0.1"), transport: transport,
                destinationPorts: port...port),
            action)
    }

    private func makeTable(
        _ hook: NftablesChain.Hook, _ rules: [NftablesRule], in namespace: NetworkNamespace
    ) throws -> NftablesTable {
        try NftablesTable(
            name: "firedrill-test",
            chains: [NftablesChain(name: "test", hook: hook, rules: rules)],
            namespace: namespace.descriptor.number)
    }
}
