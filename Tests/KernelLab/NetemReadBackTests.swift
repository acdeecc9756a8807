import Kernel
import Testing

@Suite("netem as the kernel lists it", .timeLimit(.minutes(3)))
struct NetemReadBackTests {
    init() throws { try Machine.require() }

    @Test(
        "Every parameter, and every edge of one, is in the kernel exactly as it was asked for",
        arguments: [
            NetemParameters(delay: .nanoseconds(1)),
            NetemParameters(delay: .microseconds(500)),
            NetemParameters(delay: .seconds(25), jitter: .nanoseconds(Int64(Int32.max))),
            NetemParameters(delay: .seconds(300)),
            NetemParameters(
                delay: .milliseconds(90), jitter: .milliseconds(30), distribution: .paretonormal),
            NetemParameters(loss: 0.6), NetemParameters(loss: 1),
            NetemParameters(loss: 0.3, marksCongestion: true),
            NetemParameters(
                loss: .gilbertElliott(
                    .init(entering: 0.02, leaving: 0.2, lossInBad: 0.9, lossInGood: 0.001))),
            NetemParameters(
                loss: .fourState(.init(p13: 0.01, p31: 0.2, p32: 0.3, p14: 0.004, p23: 0.5))),
            NetemParameters(duplicate: 0.6), NetemParameters(duplicate: 1),
            NetemParameters(corrupt: 0.6), NetemParameters(corrupt: 1),
            NetemParameters(delay: .milliseconds(1), reorder: 0.6, reorderGap: 5),
            NetemParameters(rate: NetemRate(bytesPerSecond: 1)),
            NetemParameters(
                rate: NetemRate(
                    bytesPerSecond: 1 << 40, packetOverhead: -14, cellSize: 53, cellOverhead: 5)),
            NetemParameters(
                slot: NetemSlot(
                    .uniform(.microseconds(800)...(.milliseconds(2))), packets: 32, bytes: 65536)),
            NetemParameters(
                slot: NetemSlot(
                    .distributed(.milliseconds(5), jitter: .milliseconds(1), .normal))),
        ])
    func edges(_ parameters: NetemParameters) async throws {
        let link = try await Link.make(.loopback)
        let netem = link.netem(7001, parameters)
        let before = try netem.snapshot()
        try netem.install()
        #expect(try netem.readBack().differences == [])
        try netem.remove()
        #expect(try netem.snapshot() == before)
    }

    @Test("A second netem keeps nothing of the one before it")
    func sticky() async throws {
        let link = try await Link.make(.loopback)
        let rich = NetemParameters(
            delay: .milliseconds(1), jitter: .microseconds(200), loss: 0.1, duplicate: 0.1,
            reorder: 0.1, corrupt: 0.1, rate: NetemRate(bytesPerSecond: 1_000_000))
        for parameters in [rich, NetemParameters(delay: .milliseconds(7))] {
            let netem = link.netem(7001, parameters)
            try netem.install()
            #expect(try netem.readBack().differences == [])
            try netem.remove()
        }
    }

    @Test("What the kernel would not do as asked is refused, and nothing is left")
    func refused() async throws {
        let link = try await Link.make(.loopback)
        let before = try link.qdiscs()
        for parameters in [
            NetemParameters(delay: .seconds(-1)), NetemParameters(loss: 1.01),
            NetemParameters(delay: .seconds(5), jitter: .seconds(3)),
            NetemParameters(rate: NetemRate(bytesPerSecond: 0)),
        ] {
            #expect(throws: KernelError.self) { try link.netem(7001, parameters).install() }
            #expect(try link.qdiscs() == before)
        }
    }
}
