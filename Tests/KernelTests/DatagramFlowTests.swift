import Testing

@testable import Kernel

@Suite("Datagram flow")
struct DatagramFlowTests {
    @Test("reads the stamp that the kernel sends beside a datagram, and nothing else for one")
    func stamp() {
        // struct cmsghdr of SOL_SOCKET (1), SCM_TIMESTAMPNS (35), struct timespec.
        let message: [UInt8] =
            nativeBytes(UInt64(32), Int32(1), Int32(35), Int64(7), Int64(123))
        #expect(DatagramFlow.stamp(in: message[...]) == 7_000_000_123)
        #expect(DatagramFlow.stamp(in: message.prefix(31)) == nil)
        #expect(DatagramFlow.stamp(in: []) == nil)
        let other: [UInt8] =
            nativeBytes(UInt64(32), Int32(1), Int32(2), Int64(7), Int64(123))
        #expect(DatagramFlow.stamp(in: other[...]) == nil)
    }

    @Test("delivers numbers and sizes, and only its own datagrams")
    func delivery() async throws {
        let flow = try DatagramFlow(from: [127, 0, 0, 2], to: [127, 0, 0, 1])
        #expect(flow.source.address == [127, 0, 0, 2])
        #expect(flow.destination.address == [127, 0, 0, 1])
        #expect(flow.send(number: 1, bytes: 0) != nil)
        let sentAt = flow.send(number: 2, bytes: 1000)
        var arrivals: [DatagramFlow.Arrival] = []
        _ = await eventually {
            arrivals += flow.arrivals()
            return arrivals.count == 2
        }
        #expect(arrivals.map(\.number) == [1, 2])
        #expect(arrivals.map(\.bytes) == [DatagramFlow.smallest, 1000])
        #expect(arrivals.last?.sentAt == sentAt)
        #expect(flow.arrivals().isEmpty)
    }

    @Test("refuses an address that is none of IPv4")
    func addresses() {
        #expect(throws: KernelError.self) {
            try DatagramFlow(from: Array(repeating: 0, count: 16), to: [127, 0, 0, 1])
        }
        // No interface has it.
        #expect(throws: KernelError.self) {
            try DatagramFlow(from: [192, 0, 2, 1], to: [127, 0, 0, 1])
        }
    }
}
