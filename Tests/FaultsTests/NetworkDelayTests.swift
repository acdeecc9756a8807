import FaultProxy
import NIOPosix
import Playbooks
import Records
import Systems
import Testing

@testable import Faults

@Suite("network.delay", .timeLimit(.minutes(1)))
struct NetworkDelayTests {
    private func step(
        _ arguments: [String: ArgumentValue] = [:],
        link: (String, String)? = ("clients", "primary"),
        duration: Duration? = .seconds(10)
    ) -> FaultStep {
        FaultStep(
            kind: "network.delay",
            selector: Selector(
                link: link.map { Selector.Link(source: $0.0, destination: $0.1) }),
            arguments: Arguments(
                ["delay": .duration(.milliseconds(100))].merging(arguments) { $1 }),
            duration: duration)
    }

    private func withProxies(
        _ names: [String], _ body: ([String: FaultProxy]) async throws -> Void
    ) async throws {
        var proxies: [String: FaultProxy] = [:]
        for name in names {
            proxies[name] = try await FaultProxy.start(
                name: "clients to \(name)", upstreamPort: 1,
                group: .singletonMultiThreadedEventLoopGroup, seed: 1)
        }
        try await body(proxies)
        for proxy in proxies.values { await proxy.stop() }
    }

    /// Runs a delay on `clients to a` where every trip takes what `trip` says.
    private func run(
        _ journal: Journal, trip: @escaping @Sendable (TestbedLink) -> Duration?
    ) async throws -> FaultRecord {
        var record: FaultRecord?
        try await withProxies(["a", "b"]) { proxies in
            let clock = FakeClock()
            let testbed = FakeTestbed(
                [.fake("a", .primary), .fake("b", .standby)],
                links: proxies.map {
                    TestbedLink(source: "clients", destination: $0.key, proxy: $0.value)
                }, clock: clock, trip: trip)
            let fault = try NetworkDelay(step: step(), identifier: "f1", limits: Limits())
            let context = FaultContext.fake(journal, testbed: testbed, clock: clock)
            record = await FaultLife(fault, context: context).run()
            #expect(proxies.values.allSatisfy { $0.toxics.isEmpty })
        }
        return try #require(record)
    }

    private static func delayed(_ link: TestbedLink) -> Duration {
        let added = link.proxy.toxics.map { active -> Duration in
            guard case .latency(let delay, _) = active.toxic else { return .zero }
            return delay
        }
        return added.reduce(.milliseconds(2), +)
    }

    @Test("is confirmed by the round trips over the link, and only there")
    func confirmed() async throws {
        let journal = Journal()
        let record = try await run(journal) { Self.delayed($0) }
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(record.objects == ["link clients to a"])
        #expect(record.backend == "proxy")
        #expect(record.backendNote.contains("sch_netem"))
        let achieved = try #require(record.achieved.first)
        #expect(achieved.before?.value == 2e6)
        #expect(achieved.during?.value == 102e6)
        #expect(achieved.after?.value == 2e6)
        #expect(achieved.samples >= 20)
        #expect(record.comparisons.count == 2)
        let entries = journal.entries
        let push = try #require(entries.firstIndex(of: "push f1"))
        let injected = try #require(entries.firstIndex(of: "faultInjected"))
        #expect(push < injected)
        #expect(entries.last == "close f1")
    }

    @Test("is a mismatch when the trips are not slower")
    func mismatch() async throws {
        let record = try await run(Journal()) { _ in .milliseconds(2) }
        #expect(record.injection == .mismatch)
        #expect(record.undo == .clean)
    }

    @Test("is unproven, yet cleanly undone, when nothing answers")
    func unproven() async throws {
        let record = try await run(Journal()) { _ in nil }
        #expect(record.injection == .unproven)
        #expect(record.undo == .clean)
    }

    @Test("cannot be told to be out when trips stay slow after the toxic is gone")
    func slowAfterwards() async throws {
        let started = FakeClock()
        let journal = Journal()
        let record = try await run(journal) { link in
            if !link.proxy.toxics.isEmpty { Task { try await started.sleep(.seconds(1)) } }
            return link.destination == "a" && journal.entries.contains("faultInjected")
                ? .milliseconds(102) : .milliseconds(2)
        }
        #expect(record.injection == .confirmed)
        #expect(record.undo == .unknown)
        #expect(!journal.entries.contains("close f1"))
    }

    @Test(
        "finds the links of roles, nodes and all",
        arguments: [
            ("clients", "primary", ["clients to a"]), ("clients", "b", ["clients to b"]),
            ("clients", "all", ["clients to a", "clients to b"]),
            ("primary", "standby", ["a to b"]),
        ])
    func links(source: String, destination: String, expected: [String]) async throws {
        try await withProxies(["x"]) { proxies in
            let proxy = try #require(proxies["x"])
            let all = [("clients", "a"), ("clients", "b"), ("a", "b")].map {
                TestbedLink(source: $0.0, destination: $0.1, proxy: proxy)
            }
            let nodes = [NodeState.fake("a", .primary), .fake("b", .standby)]
            let selection = LinkSelection(
                link: Selector.Link(source: source, destination: destination))
            #expect(try selection.links(among: all, nodes: nodes).map(\.name) == expected)
            let none = LinkSelection(link: Selector.Link(source: "b", destination: "a"))
            let error = #expect(throws: FaultError.self) {
                try none.links(among: all, nodes: nodes)
            }
            #expect(error?.reason.contains("clients to a") == true)
        }
    }

    @Test("chooses netem only where all of it is there, and says why not")
    func choice() throws {
        let limits = Limits(interfaces: ["lo"])
        let able = HostCapabilities.fake(netem: true)
        let choice = try DelayBackendChoice(asked: "auto", host: able, limits: limits)
        #expect(choice.backend == .netem)
        let unnamed = try DelayBackendChoice(asked: "auto", host: able, limits: Limits())
        #expect(unnamed.backend == .proxy)
        #expect(unnamed.note.contains("limits.interfaces"))
        let weak = HostCapabilities.fake(netem: true, administration: false)
        let denied = try DelayBackendChoice(asked: "auto", host: weak, limits: limits)
        #expect(denied.note.contains("CAP_NET_ADMIN"))
        #expect(throws: FaultError.self) {
            try DelayBackendChoice(asked: "netem", host: .fake(), limits: limits)
        }
        #expect(
            try DelayBackendChoice(asked: "proxy", host: able, limits: limits).backend == .proxy)
    }

    @Test(
        "refuses parameters that cannot be meant",
        arguments: [
            ("jitter", ["jitter": .duration(.seconds(1))], .seconds(10)),
            ("more than nothing", ["delay": .duration(.zero)], .seconds(10)),
            ("how long", [:], nil),
            ("five round trips", ["delay": .duration(.seconds(5))], .seconds(10)),
        ] as [(String, [String: ArgumentValue], Duration?)])
    func refused(reason: String, arguments: [String: ArgumentValue], duration: Duration?) {
        let error = #expect(throws: FaultError.self) {
            try NetworkDelay(
                step: step(arguments, duration: duration), identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test("plans without touching anything")
    func plan() throws {
        let fault = try NetworkDelay(step: step(), identifier: "f1", limits: Limits())
        let plan = fault.plan(system: nil, host: .fake())
        #expect(plan.backend == "proxy")
        #expect(plan.objects.first?.contains("clients to primary") == true)
        #expect(plan.summary.contains("100 ms"))
    }
}
