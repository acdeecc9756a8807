import Testing

@testable import Kernel

@Suite("Headers of trial frames")
struct FrameHeaderTests {
    @Test("are those of a datagram without a sum, byte for byte")
    func datagram() {
        let headers = FrameHeaders(
            from: [192, 0, 2, 1], port: 49_151, to: [10, 0, 0, 7], port: 7002, transport: .udp,
            payload: 8)
        let expected: [UInt8] = [
            0x45, 0, 0, 36, 0, 0, 0x40, 0, 1, 17, 0, 0, 192, 0, 2, 1, 10, 0, 0, 7,
            0xbf, 0xff, 0x1b, 0x5a, 0, 16, 0, 0,
        ]
        // All of it, the sum too, comes to nothing.
        #expect(FrameHeaders.checksum(Array(headers.bytes.prefix(20))) == 0)
        #expect(Array(headers.bytes.prefix(10)) == Array(expected.prefix(10)))
        #expect(Array(headers.bytes.dropFirst(12)) == Array(expected.dropFirst(12)))
    }

    @Test("have the sum of the example of RFC 1071")
    func checksum() {
        // 0x0001 + 0xf203 + 0xf4f5 + 0xf6f7 = 0x2ddf0, folded 0xddf2.
        #expect(
            FrameHeaders.checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~0xddf2)
    }
}
