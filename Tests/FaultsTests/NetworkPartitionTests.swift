import FaultProxy
import Kernel
import NIOPosix
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@testable import Faults

@Suite("network.partition", .timeLimit(.minutes(1)))
struct NetworkPartitionTests {
    private func step(
        _ arguments: [String: ArgumentValue], kind: String = "network.partition",
        selector: Selector? = nil, duration: Duration? = .seconds(30)
    ) -> FaultStep {
        FaultStep(
            kind: kind, selector: selector, arguments: Arguments(arguments), duration: duration)
    }

    /// Runs a fault on the links of two nodes, where `trip` says what becomes of each request.
    private func run(
        _ step: FaultStep, _ journal: Journal = Journal(), limits: Limits = Limits(),
        health: ProbeSample.Result = .healthy,
        trip: @escaping @Sendable (TestbedLink) -> Duration?
    ) async throws -> FaultRecord {
        var links: [TestbedLink] = []
        for (source, destination) in [("clients", "a"), ("clients", "b"), ("a", "b"), ("b", "a")] {
            let proxy = try await FaultProxy.start(
                name: "\(source) to \(destination)", upstreamPort: 1,
                group: .singletonMultiThreadedEventLoopGroup, seed: 1)
            links.append(TestbedLink(source: source, destination: destination, proxy: proxy))
        }
        let clock = FakeClock()
        let process = ProcessIdentity(pid: 99_999_999, startTime: 1)
        let testbed = FakeTestbed(
            [.fake("a", .primary, process: process), .fake("b", .standby, process: process)],
            links: links, clock: clock, health: health, trip: trip)
        let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits, clock: clock)
        let record = await FaultLife(fault, context: context).run()
        for link in links {
            #expect(link.proxy.toxics.isEmpty)
            await link.proxy.stop()
        }
        return record
    }

    /// A link with any toxic answers nothing.
    private static func honest(_ link: TestbedLink) -> Duration? {
        link.proxy.toxics.isEmpty ? .milliseconds(2) : nil
    }

    @Test("is confirmed by requests that are lost on its links and answered on the others")
    func confirmed() async throws {
        let journal = Journal()
        let seen = Mutex<[String: [ActiveToxic]]>([:])
        let record = try await run(
            step(["shape": .string("isolate-primary")]), journal
        ) { link in
            let toxics = link.proxy.toxics
            if !toxics.isEmpty { seen.withLock { $0[link.name] = toxics } }
            return Self.honest(link)
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(record.backend == "proxy")
        #expect(record.backendNote.contains("no nf_tables"))
        #expect(record.objects == ["link a to b", "link b to a"])
        #expect(record.requested.contains(Figure("isolated", 0, .none, text: "node a")))
        let toxics = seen.withLock { $0 }
        #expect(toxics.keys.sorted() == ["a to b", "b to a"])
        #expect(
            toxics.values.allSatisfy {
                $0.map(\.toxic) == [.blackhole] && $0[0].direction == .both
            })
        #expect(record.achieved.count == 4)
        #expect(record.achieved.allSatisfy { $0.confirmed && $0.samples >= 3 })
        #expect(record.comparisons.count == 3)
        #expect(journal.entries.last == "close f1")
    }

    @Test(
        "loses one way, or answers, as it is asked",
        arguments: [
            ("one-way", ["a to b": ProxyDirection.upstream, "b to a": .downstream]),
            ("answers", ["a to b": .downstream]),
        ])
    func direction(direction: String, expected: [String: ProxyDirection]) async throws {
        let seen = Mutex<[String: ProxyDirection]>([:])
        let record = try await run(
            step(["from": .list([.string("primary")]), "direction": .string(direction)])
        ) { link in
            for active in link.proxy.toxics {
                seen.withLock { $0[link.name] = active.direction }
            }
            return Self.honest(link)
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(seen.withLock { $0 } == expected)
    }

    @Test("is a mismatch when a request passes, and when a link that was spared is dead")
    func mismatch() async throws {
        let leaking = try await run(step(["shape": .string("halves")])) { _ in .milliseconds(2) }
        #expect(leaking.injection == .mismatch)
        #expect(leaking.proof.contains("although it was cut"))
        #expect(leaking.undo == .clean)
        let journal = Journal()
        let wide = try await run(step(["shape": .string("halves")]), journal) { link in
            let isIn =
                journal.entries.contains("faultInjected")
                && !journal.entries.contains("faultReverting")
            return isIn ? nil : .milliseconds(2)
        }
        #expect(wide.injection == .mismatch)
        #expect(wide.proof.contains("although it was spared"))
    }

    @Test("is unproven, yet cleanly undone, when nothing answered before")
    func unproven() async throws {
        let record = try await run(step(["shape": .string("halves")])) { _ in nil }
        #expect(record.injection == .unproven)
        #expect(record.undo == .clean)
    }

    @Test(
        "is unknown when a link stays dead, but not when its node does not answer anybody",
        arguments: [(ProbeSample.Result.healthy, FaultRecord.Undo.unknown), (.unhealthy, .clean)])
    func deadLink(health: ProbeSample.Result, undo: FaultRecord.Undo) async throws {
        let journal = Journal()
        let record = try await run(
            step(["shape": .string("halves")]), journal, health: health
        ) { link in
            journal.entries.contains("faultInjected") && link.name == "a to b"
                ? nil : Self.honest(link)
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == undo)
        #expect(journal.entries.contains("close f1") == (undo == .clean))
    }

    @Test(
        "Ports of a node are blackholed and refused on every link to it",
        arguments: [("network.blackhole", Toxic.blackhole), ("network.refuse", .reset)])
    func ports(kind: String, toxic: Toxic) async throws {
        let seen = Mutex<[String: Toxic]>([:])
        let record = try await run(
            step([:], kind: kind, selector: Selector(role: "standby"))
        ) { link in
            for active in link.proxy.toxics { seen.withLock { $0[link.name] = active.toxic } }
            return Self.honest(link)
        }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(seen.withLock { $0 } == ["clients to b": toxic, "a to b": toxic])
    }

    @Test("chooses nftables only where all of it is there, and says why not")
    func choice() throws {
        let limits = Limits(interfaces: ["lo"])
        let able = HostCapabilities.fake(nftables: true)
        let choice = try CutBackendChoice(asked: "auto", host: able, limits: limits)
        #expect(choice.backend == .nftables)
        let unnamed = try CutBackendChoice(asked: "auto", host: able, limits: Limits())
        #expect(unnamed.backend == .proxy)
        #expect(unnamed.note.contains("limits.interfaces"))
        let weak = HostCapabilities.fake(nftables: true, administration: false)
        let denied = try CutBackendChoice(asked: "auto", host: weak, limits: limits)
        #expect(denied.note.contains("CAP_NET_ADMIN"))
        #expect(throws: FaultError.self) {
            try CutBackendChoice(asked: "nftables", host: .fake(), limits: limits)
        }
        #expect(
            try CutBackendChoice(asked: "proxy", host: able, limits: limits).backend == .proxy)
    }

    @Test(
        "refuses parameters that cannot be meant",
        arguments: [
            ("either a shape or two sides", [:], .seconds(5)),
            (
                "either a shape or two sides",
                ["shape": .string("halves"), "from": .list([.string("a")])], .seconds(5)
            ),
            (
                "no sides", ["shape": .string("bridge"), "direction": .string("one-way")],
                .seconds(5)
            ),
            ("two seconds", ["shape": .string("halves")], .seconds(1)),
            ("two seconds", ["shape": .string("halves")], nil),
        ] as [(String, [String: ArgumentValue], Duration?)])
    func refused(reason: String, arguments: [String: ArgumentValue], duration: Duration?) {
        let error = #expect(throws: FaultError.self) {
            try NetworkPartition(
                step: step(arguments, duration: duration), identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test("plans without touching anything, and is bounded by the limits")
    func plan() throws {
        let fault = try NetworkPartition(
            step: step(["shape": .string("halves")]), identifier: "f1",
            limits: Limits(interfaces: ["lo"]))
        let plan = fault.plan(system: nil, host: .fake(nftables: true))
        #expect(plan.backend == "nftables")
        #expect(plan.summary.contains("halves, both ways"))
        let flow = AimedObject.flow(link: "a to b", interface: "lo", port: 4711)
        let radius = BlastRadius(limits: Limits(), protected: [:])
        #expect(throws: FaultError.self) { try radius.check([flow]) }
    }

    @Test(
        "Rules are aimed at the port of a link, and only at what is lost",
        arguments: [
            (LinkCut.Loss.requests, [true], false), (.answers, [false], false),
            (.both, [true, false], false), (.replies, [false], true), (.refused, [true], false),
        ])
    func rules(loss: LinkCut.Loss, isThere: [Bool], isPayload: Bool) async throws {
        let proxy = try await FaultProxy.start(
            name: "a to b", upstreamPort: 1, group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        let port = UInt16(proxy.port)
        let cut = LinkCut(
            link: TestbedLink(source: "a", destination: "b", proxy: proxy), loss: loss)
        let rules = NftablesCut.rules(for: cut, interface: 1)
        #expect(rules.map { $0.match.destinationPorts == port...port } == isThere)
        #expect(rules.map { $0.match.sourcePorts == port...port } == isThere.map { !$0 })
        #expect(
            rules.allSatisfy {
                $0.match.carriesPayload == isPayload
                    && [$0.match.source, $0.match.destination].contains(AddressRange("127.0.0.1"))
                    && $0.match.incoming == 1
                    && $0.match.transport == .tcp
                    && $0.action == (loss == .refused ? .reset : .drop)
            })
        await proxy.stop()
    }
}
