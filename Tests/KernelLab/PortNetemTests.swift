import Kernel
import Testing

/// Time is coarse under emulation: a packet that is not delayed may take a while, and one that is
/// never takes less than the delay.
private let delay = Duration.milliseconds(400)

@Suite("netem for single ports, on a kernel that has it", .timeLimit(.minutes(3)))
struct PortNetemTests {
    init() throws { try Machine.require() }

    @Test("The kernel is found to have netem, and the question leaves nothing")
    func capability() async throws {
        let link = try await Link.make(.loopback)
        let before = try link.qdiscs()
        let capability = try PortNetem.capability()
        #expect(capability.isPresent, "\(capability.reason)")
        #expect(try link.qdiscs() == before)
    }

    @Test(
        "Only what goes to the port is late, and afterwards nothing is",
        arguments: LinkKind.allCases)
    func delays(_ kind: LinkKind) async throws {
        let link = try await Link.make(kind)
        let (aimed, other) = (try link.flow(), try link.flow())
        let netem = link.netem(aimed.port, NetemParameters(delay: delay))
        let before = try netem.snapshot()
        try netem.install()
        #expect(try netem.readBack() == QueueingReading())

        #expect(try aimed.median() >= delay)
        #expect(try aimed.median(of: 5, .toClient) < delay)
        #expect(try other.median() < delay)
        #expect(try other.median(of: 5, .toClient) < delay)
        let statistics = try #require(try netem.statistics())
        // Five messages, and the acknowledgements of those that came back.
        #expect((5...20).contains(statistics.packets), "\(statistics)")
        #expect(statistics.drops == 0)

        try netem.unsteer()
        try netem.remove()
        #expect(try aimed.median() < delay)
        #expect(try netem.snapshot() == before)
        await link.remove()
    }

    @Test(
        "A packet that waits at the end of the fault arrives in its time",
        arguments: LinkKind.allCases)
    func drains(_ kind: LinkKind) async throws {
        let link = try await Link.make(kind)
        let flow = try link.flow()
        let netem = link.netem(flow.port, NetemParameters(delay: .seconds(2)))
        let before = try netem.snapshot()
        try netem.install()
        let number = try flow.send()
        #expect(try #require(try netem.statistics()).queued >= 1)
        try netem.unsteer()
        // TCP sends it again when no answer comes, and that one is not steered: either is in time.
        #expect(try await eventually { try netem.statistics()?.queued == 0 })
        #expect(try netem.statistics()?.drops == 0)
        #expect(try flow.arrives(number, limit: .seconds(20)))
        try netem.remove()
        try netem.remove()
        #expect(try netem.snapshot() == before)
        await link.remove()
    }

    @Test("A second one on the same interface is refused, and the first goes on")
    func second() async throws {
        let link = try await Link.make(.loopback)
        let (aimed, other) = (try link.flow(), try link.flow())
        let first = link.netem(aimed.port, NetemParameters(delay: delay))
        let before = try link.qdiscs()
        try first.install()
        let during = try link.qdiscs()
        let second = link.netem(other.port, NetemParameters(delay: .seconds(5)))
        #expect { try second.snapshot() } throws: { "\($0)".contains("another drill is at work") }
        #expect { try second.install() } throws: { "\($0)".contains("another drill is at work") }
        #expect(try link.qdiscs() == during)
        #expect(try aimed.median() >= delay)
        #expect(try other.median() < .seconds(5))
        try first.remove()
        #expect(try link.qdiscs() == before)
    }

    @Test(
        "Losing everything for one port leaves ARP, IPv6 and other ports alone",
        arguments: LinkKind.allCases)
    func total(_ kind: LinkKind) async throws {
        let link = try await Link.make(kind)
        let (aimed, other) = (try link.flow(), try link.flow())
        let sixth = try link.flow(overIPv6: true)
        let netem = link.netem(aimed.port, NetemParameters(loss: 1))
        let before = try netem.snapshot()
        try netem.install()
        // Neighbours have to be found anew, by ARP and by ICMPv6.
        if let clientSide = link.clientSide {
            try await shell("ip neigh flush all", in: clientSide)
        }
        let lost = try aimed.send()
        #expect(try other.transit() != nil)
        #expect(try sixth.transit() != nil)
        #expect(try aimed.transit(.toClient) != nil)
        #expect(try !aimed.arrives(lost, limit: .seconds(1)))
        #expect(try #require(try netem.statistics()).drops >= 1)
        try netem.unsteer()
        try netem.remove()
        // TCP tries again by itself.
        #expect(try aimed.arrives(lost, limit: .seconds(30)))
        #expect(try netem.snapshot() == before)
        await link.remove()
    }
}
