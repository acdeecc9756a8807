import Testing

@testable import Systems

@Suite("Ports of nodes")
struct LoopbackPortTests {
    @Test(
        "ports lie beside those that outgoing connections are given",
        arguments: [
            (32_768...60_999, 10_000...32_767), (20_000...65_535, 10_000...19_999),
            (1_024...60_999, 61_000...65_535), (1_024...65_535, 10_000...32_767),
        ])
    func avoidsEphemeral(_ ephemeral: ClosedRange<Int>, candidates: ClosedRange<Int>) {
        #expect(LoopbackPort.candidates(ephemeral: ephemeral) == candidates)
        #expect(LoopbackPort.candidates(ephemeral: nil) == 10_000...32_767)
    }

    @Test("no port is picked twice")
    func picksOnce() async throws {
        var ports: Set<Int> = []
        for _ in 0..<100 { ports.insert(try await LoopbackPort.pick()) }
        #expect(ports.count == 100)
    }
}
