// Tests that need root.
import Glibc
import Testing

@testable import Kernel

/// `lo` has index 1 in every namespace.
private let loopback: Int32 = 1

@Suite("A bound on the rate in a namespace of its own", .timeLimit(.minutes(2)))
struct TokenBucketTests {
    private static let home: [UInt8] = [127, 0, 0, 1]

    @Test(
        "lets the aimed flow have its rate within 3 %, and the other all it wants",
        arguments: [200_000, 2_000_000])
    func rate(rate: UInt64) async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let aimed = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let other = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let tree = makeTree(aimed, rate, inside)
        let before = try tree.snapshot()
        try tree.install()
        #expect(try tree.differences() == [])

        // Half of what its queue holds: all of it waits, and none of it is dropped.
        let size = 1000
        let count = Int(tree.queueLimit) / 2 / (size + 42)
        for number in 0..<count {
            #expect(aimed.send(number: UInt64(number), bytes: size) != nil)
            #expect(other.send(number: UInt64(number), bytes: size) != nil)
        }
        let others = other.arrivals()
        #expect(others.count == count, "it has passed at once")
        var arrivals: [DatagramFlow.Arrival] = []
        for _ in 0..<4000 where arrivals.count < count {
            try await Task.sleep(for: .milliseconds(5))
            arrivals += aimed.arrivals()
        }
        #expect(arrivals.map(\.number) == (0..<UInt64(count)).map { $0 })
        // The credit of the first 10 ms has been used up behind them.
        let late = arrivals.dropFirst(count / 5)
        let first = try #require(late.first)
        let last = try #require(late.last)
        let wire = Double(late.count - 1) * Double(size + 42)
        let achieved = wire / (Double(last.receivedAt - first.receivedAt) / 1e9)
        #expect(abs(achieved / Double(rate) - 1) < 0.03, "\(achieved) of \(rate) bytes a second")
        let statistics = try #require(try tree.statistics())
        #expect(statistics.packets == UInt32(count))
        #expect(statistics.bytes == UInt64(count * (size + 42)))
        #expect(statistics.drops == 0)

        try tree.remove()
        try tree.remove()
        #expect(try tree.snapshot() == before)
        #expect(try tree.statistics() == nil)
        await namespace.remove()
    }

    @Test("a lifted rate loses nothing of what waits, and keeps its order")
    func lift() async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let aimed = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        let tree = makeTree(aimed, 20_000, inside)
        try tree.install()
        for number in 0..<UInt64(100) { _ = aimed.send(number: number, bytes: 1000) }
        // Five seconds' worth at this rate.
        #expect(try #require(try tree.statistics()).queued > 50)
        try tree.lift()
        #expect(try tree.differences().count == 1)
        var queued: UInt32 = 1
        for _ in 0..<2000 where queued > 0 {
            try await Task.sleep(for: .milliseconds(5))
            queued = try #require(try tree.statistics()).queued
        }
        #expect(queued == 0)
        #expect(aimed.arrivals().map(\.number) == (0..<UInt64(100)).map { $0 })
        try tree.remove()
        await namespace.remove()
    }

    @Test("refuses a rate that would stop all")
    func refusals() async throws {
        let namespace = try await NetworkNamespace.make()
        let inside = namespace.descriptor.number
        let flow = try DatagramFlow(from: Self.home, to: Self.home, namespace: inside)
        #expect { try makeTree(flow, 1, inside).install() } throws: { "\($0)".contains("rate") }
        await namespace.remove()
    }

    private func makeTree(
        _ flow: DatagramFlow, _ rate: UInt64, _ namespace: Int32
    ) -> TokenBucketTree {
        let port = flow.destination.port
        return TokenBucketTree(
            interface: loopback,
            aims: [PacketAim(transport: .udp, destinationPorts: port...port)], rate: rate,
            namespace: namespace)
    }
}
