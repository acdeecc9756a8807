import Kernel
import Testing

@Suite("A datagram socket")
struct DatagramSocketTests {
    @Test("sends to another one on loopback, and neither ever waits")
    func exchange() async throws {
        let receiver = try DatagramSocket(address: "127.0.0.1")
        let sender = try DatagramSocket(address: "127.70.9.9")
        #expect(receiver.port != 0)
        #expect(try receiver.receive() == nil)
        for number in 0..<100 as Range<UInt8> {
            let isSent = try sender.send(
                Array(repeating: number, count: 1000), to: "127.0.0.1", port: receiver.port)
            #expect(isSent)
        }
        var received: [[UInt8]] = []
        for _ in 0..<1000 where received.count < 100 {
            guard let datagram = try receiver.receive() else {
                try await Task.sleep(for: .milliseconds(5))
                continue
            }
            received.append(datagram)
        }
        #expect(received.map(\.first) == (0..<100 as Range<UInt8>).map { $0 })
        #expect(received.allSatisfy { $0.count == 1000 })
    }

    @Test("says which address it could not have")
    func errors() throws {
        for address in ["localhost", "", "::1"] {
            let error = #expect(throws: KernelError.self) { try DatagramSocket(address: address) }
            #expect(error?.object == address)
        }
        let error = #expect(throws: KernelError.self) {
            // An address for documentation (RFC 5737), which no host has.
            try DatagramSocket(address: "192.0.2.1")
        }
        #expect(error?.call == "bind")
    }
}
