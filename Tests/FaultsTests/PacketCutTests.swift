import Kernel
import Playbooks
import Records
import Testing

@testable import Faults

@Suite("A cut of packets over an interface")
struct PacketCutTests {
    private func step(
        _ kind: String, _ packets: PacketSelector, _ arguments: [String: ArgumentValue] = [:]
    ) -> FaultStep {
        FaultStep(
            kind: kind, selector: Selector(packets: packets), arguments: Arguments(arguments),
            duration: .seconds(5), line: 4)
    }

    private func cut(
        _ loss: PacketCut.Loss, _ directions: [PacketSelection.Direction],
        _ transports: PacketSelection.Transports = .all
    ) throws -> PacketCut {
        let packets = PacketSelector(interface: "eth1", peers: ["10.0.0.7"], port: 5432)
        let selection = try PacketSelection(
            packets, step: step("network.blackhole", packets), directions: directions,
            transports: transports)
        return PacketCut(packets: selection, index: 3, loss: loss)
    }

    @Test("drops at the interface itself, both ways, and counts behind it what passes")
    func drops() throws {
        let cut = try cut(.everything, [.egress, .ingress])
        #expect(
            cut.chains.map(\.hook) == [.egress(interface: "eth1"), .ingress(interface: "eth1")])
        #expect(cut.chains.flatMap(\.rules).allSatisfy { $0.action == .drop })
        #expect(cut.chains[1].rules[0].match.source == AddressRange("10.0.0.7"))
        #expect(cut.passages.map(\.hook) == cut.chains.map(\.hook))
        #expect(cut.passages.allSatisfy { $0.priority > 0 && $0.rules.count == 3 })
        #expect(cut.passages[0].rules.last == NftablesRule(FlowMatch(), .count))
    }

    @Test("refuses connections of this host's own sockets over that interface alone")
    func refuses() throws {
        let cut = try cut(.refused, [.egress, .ingress], .connections)
        #expect(cut.chains.map(\.hook) == [.output, .input])
        #expect(cut.chains[0].rules.map(\.match.outgoing) == [3])
        #expect(cut.chains[1].rules.map(\.match.incoming) == [3])
        #expect(cut.chains.flatMap(\.rules).allSatisfy { $0.action == .reset })
        #expect(cut.passages.map(\.hook) == [.postrouting, .input])
        #expect(cut.passages[0].rules.last?.match == FlowMatch(outgoing: 3))
        // The refusal of what comes in goes out, past the rules for what goes out.
        #expect(cut.chains.flatMap(\.rules).allSatisfy { $0.match.resets == .without })
        #expect(cut.refusals.map(\.hook) == [.postrouting, .postrouting])
        #expect(cut.refusals.flatMap(\.rules).map(\.match.outgoing) == [nil, 3])
        #expect(cut.refusals.flatMap(\.rules).allSatisfy { $0.match.resets == .only })
        #expect(cut.refusals[1].rules[0].match.destination == AddressRange("10.0.0.7"))
        #expect(cut.refusals[1].rules[0].match.destinationPorts == 5432...5432)
        #expect(try self.cut(.everything, [.egress]).refusals.isEmpty)
    }

    @Test("is refused only where refusals have left, whatever the rules have met")
    func silence() {
        let account = { (refusals: UInt64) in
            PacketCutAccount(name: "coming in over eth1", refusals: refusals, cut: 20)
        }
        let prove = { PacketCutAccount.proof(of: [account($0)], beside: nil) }
        #expect(prove(20).injection == .confirmed)
        #expect(prove(18).injection == .confirmed)
        #expect(prove(17).injection == .mismatch)
        #expect(prove(0).sentence.contains("only 0 were refused"))
        #expect(prove(20).achieved.last?.during?.value == 20)
    }

    @Test("lets pass what belongs to ssh first, and counts it nowhere")
    func spared() throws {
        var cut = try cut(.everything, [.egress, .ingress])
        cut.spared = [22, 2222]
        for chain in cut.chains + cut.passages {
            #expect(chain.rules.prefix(2).allSatisfy { $0.action == .pass })
            #expect(chain.rules.dropFirst(2).allSatisfy { $0.action != .pass })
        }
        #expect(cut.chains[0].rules[1].match.sourcePorts == 2222...2222)
        #expect(cut.chains[1].rules[1].match.destinationPorts == 2222...2222)
    }

    @Test("has a neighbour in the next port, which its rules see and are not for")
    func neighbour() throws {
        let headers = try #require(cut(.everything, [.egress]).headersBeside(payload: 1004))
        #expect(headers.destination == [10, 0, 0, 7])
        #expect(headers.destinationPort == 5433 && headers.transport == .tcp)
        #expect(try cut(.refused, [.egress], .connections).headersBeside(payload: 1) == nil)
        #expect(try cut(.everything, [.ingress]).headersBeside(payload: 1) == nil)
    }

    @Test("of answers takes what carries a payload")
    func answers() throws {
        let cut = try cut(.payload, [.ingress], .withPorts)
        #expect(cut.chains[0].rules.allSatisfy { $0.match.carriesPayload })
    }

    private static let wrong: [(String, PacketSelector, [String: ArgumentValue], String)] = [
        (
            "network.refuse", PacketSelector(interface: "eth1", port: 1, transport: .udp), [:],
            "UDP has no connections"
        ),
        (
            "network.blackhole", PacketSelector(interface: "eth1", port: 1),
            ["backend": .string("proxy")], "no proxy"
        ),
        ("network.blackhole", PacketSelector(interface: "eth1"), [:], "which is everything"),
        (
            "network.partition", PacketSelector(interface: "eth1", port: 1, direction: .ingress),
            [:], "the partition's own to say"
        ),
        (
            "network.partition", PacketSelector(interface: "eth1", port: 1),
            ["shape": .string("halves")], "and groups of nodes"
        ),
        (
            "network.delay", PacketSelector(interface: "eth1", port: 1, namespace: "red"),
            ["delay": .duration(.milliseconds(9))], "no absolute path"
        ),
        (
            "network.delay", PacketSelector(interface: "eth1", port: 1),
            ["delay": .duration(.milliseconds(9)), "backend": .string("proxy")], "no proxy"
        ),
    ]

    @Test("is refused where nobody could make it, and so is a delay", arguments: wrong)
    func refused(
        kind: String, packets: PacketSelector, arguments: [String: ArgumentValue], reason: String
    ) {
        let error = #expect(throws: FaultError.self) {
            try FaultCatalogue.make(
                step: step(kind, packets, arguments), identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "is planned with its objects, and what stands in its way is named",
        arguments: [
            "network.blackhole", "network.refuse", "network.partition",
        ])
    func plan(kind: String) throws {
        let packets = PacketSelector(
            interface: "lo", port: 7001, transport: .tcp, namespace: "/proc/self/ns/net")
        let place = "lo in /proc/self/ns/net"
        let make = { (limits: Limits) in
            // What a playbook leaves out arrives with its default.
            try FaultCatalogue.make(
                step: step(kind, packets, ["to": .list([.string("others")])]), identifier: "f1",
                limits: limits)
        }
        let able = try make(Limits(interfaces: [place])).plan(
            system: nil, host: .fake(nftables: true))
        #expect(able.backend == "nftables", "\(able.backendNote)")
        // The drill's own namespace by its path is the drill's own.
        #expect(able.objects.first == "interface lo, TCP to port 7001")
        let same = try make(Limits(interfaces: ["lo"])).plan(
            system: nil, host: .fake(nftables: true))
        #expect(same.backend == "nftables", "\(same.backendNote)")
        let unable = try make(Limits(interfaces: ["eth9"])).plan(system: nil, host: .fake())
        #expect(unable.backend.isEmpty)
        #expect(unable.backendNote.contains("limits.interfaces does not name '\(place)'"))
        #expect(unable.backendNote.contains("nftables"))
    }

    @Test("at the interface needs its hooks, which the plan names, and a refusal does not")
    func hooks() throws {
        let packets = PacketSelector(
            interface: "lo", port: 7001, transport: .tcp, namespace: "/proc/self/ns/net")
        var host = HostCapabilities.fake(nftables: true)
        host.deviceHooks = .init("netdev hooks", isPresent: false, reason: "Linux 5.15")
        let plan = { (kind: String) in
            try FaultCatalogue.make(
                step: step(kind, packets), identifier: "f1",
                limits: Limits(interfaces: ["lo in /proc/self/ns/net"])
            ).plan(system: nil, host: host)
        }
        let unable = try plan("network.blackhole")
        #expect(unable.backend.isEmpty)
        #expect(unable.backendNote.contains("netdev hooks: absent (Linux 5.15)"))
        #expect(try plan("network.refuse").backend == "nftables")
    }

    @Test("is held against what its rules and what is behind them have counted")
    func proof() {
        let whole = PacketCutAccount(name: "going out over eth1", before: 9, cut: 5, others: 70)
        let leak = PacketCutAccount(name: "coming in over eth1", cut: 5, leaked: 1)
        let idle = PacketCutAccount(name: "coming in over eth1", others: 3)
        let prove = { PacketCutAccount.proof(of: $0, beside: $1) }
        #expect(prove([whole], nil).injection == .confirmed)
        #expect(prove([whole, leak], nil).injection == .mismatch)
        #expect(prove([whole, idle], nil).injection == .confirmed)
        #expect(prove([idle], nil).injection == .unproven)
        var tally = PacketTally()
        tally.send()
        #expect(prove([whole], tally).injection == .mismatch)
        tally.receive(
            TrialPacket(number: 0, sentAt: DrillTime(nanoseconds: 0)), at: DrillTime(nanoseconds: 1)
        )
        #expect(prove([whole], tally).injection == .confirmed)
    }

    @Test(
        "A packet that passes several rules has leaked once",
        arguments: [
            ([3, 9], 3, 6), ([9, 9, 9], 9, 0), ([0, 0], 0, 0), ([], 0, 0),
        ] as [([UInt64], UInt64, UInt64)])
    func overlap(passed: [UInt64], leaked: UInt64, others: UInt64) {
        var account = PacketCutAccount(name: "going out")
        account.divide(passed)
        #expect(account.leaked == leaked)
        #expect(account.others == others)
    }
}
