import Testing

@testable import Kernel

@Suite("Token bucket messages")
struct TokenBucketTests {
    @Test("the parameters of a class are as tc sends them")
    func parameters() {
        let rate: [UInt8] = [0x40, 0x0d, 0x03, 0]  // 200,000
        let specification: [UInt8] = [0, 1, 0, 0, 0, 0, 0, 0] + rate
        let credit: [UInt8] = [0x5a, 0x62, 0x02, 0]  // 10 ms in ticks of 64 ns
        let expected: [UInt8] =
            specification + specification + credit + credit
            + [0, 0, 1, 0] + Array(repeating: 0, count: 8)
        #expect(TokenBucketClass(rate: 200_000).parameters == expected)
    }

    @Test(
        "a class is read back as it was sent, with 64 bits where it needs them",
        arguments: [10_000, 4_294_967_295, 4_294_967_296, TokenBucketClass.unlimited])
    func roundTrip(rate: UInt64) throws {
        let message = try NetlinkMessage(type: 40, flags: 0)
        try message.append(trafficControlHeader(interface: 1, handle: 1, parent: 1))
        try message.nest(2) { message throws(KernelError) in
            try TokenBucketClass(rate: rate).append(to: message)
        }
        let payload = message.bytes.dropFirst(16)
        #expect(TokenBucketClass(message: payload) == TokenBucketClass(rate: rate))
        for length in 0..<60 {
            #expect(TokenBucketClass(message: payload.prefix(length)) == nil)
        }
    }

    @Test("the queue holds half a second, and two of the largest packets at least")
    func queue() {
        #expect(TokenBucketTree(interface: 1, aims: [], rate: 10_000).queueLimit == 131_072)
        #expect(TokenBucketTree(interface: 1, aims: [], rate: 2_000_000).queueLimit == 1_000_000)
        #expect(TokenBucketTree(interface: 1, aims: [], rate: .max).queueLimit == .max)
    }
}
