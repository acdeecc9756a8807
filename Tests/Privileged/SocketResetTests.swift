// Tests that need root.
import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite("Connection resets by the kernel", .timeLimit(.minutes(1)))
struct SocketResetTests {
    @Test("resets exactly the chosen connection; its neighbour and the listener live on")
    func chosen() throws {
        let chosen = try LoopbackConnection()
        let neighbour = try LoopbackConnection()
        let table = SocketTable()
        let entry = try #require(try table.sockets().first { $0.local.port == chosen.port })
        #expect(try table.reset(entry))
        #expect(LoopbackConnection.failure(reading: chosen.server) == ECONNABORTED)
        #expect(LoopbackConnection.failure(reading: chosen.client) == ECONNRESET)
        #expect(LoopbackConnection.failure(reading: neighbour.client) == EAGAIN)
        let after = try table.sockets(in: [.established, .listening])
        #expect(!after.contains { $0.cookie == entry.cookie })
        #expect(!after.contains { $0.local == entry.remote })
        #expect(after.contains { $0.local.port == chosen.port && $0.state == .listening })
        #expect(after.contains { $0.local.port == neighbour.port && $0.state == .established })
        // It is gone: nobody else is hit in its place, the listener of its port neither.
        #expect(try !table.reset(entry))
        #expect(
            try table.sockets(in: [.listening]).contains { $0.local.port == chosen.port })
    }

    @Test("the answers about this host are true in a namespace of its own, and change nothing")
    func survey() throws {
        let before = try NetlinkSocket().qdiscs(ofInterface: 1)
        let scratch = try ScratchNetworkNamespace()
        #expect(try KernelAnswer.socketReset(in: scratch).presence == .present)
        #expect(try KernelAnswer.qdisc("tbf", in: scratch).presence == .present)
        #expect(try KernelAnswer.qdisc("nonsense", in: scratch).presence == .absent)
        let socket = try NetlinkSocket(namespace: scratch.descriptor.number)
        #expect(try socket.qdiscs(ofInterface: 1).allSatisfy { $0.handle == 0 })
        #expect(try SocketTable(namespace: scratch.descriptor.number).sockets().isEmpty)
        #expect(try NetlinkSocket().qdiscs(ofInterface: 1) == before)
    }
}
