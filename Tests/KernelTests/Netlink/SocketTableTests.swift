import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite("Socket table")
struct SocketTableTests {
    /// What the kernel sends for 127.0.0.1:7001 connected to 127.0.0.1:40000.
    private static let answer: [UInt8] =
        [2, 1, 0, 0] + [0x1b, 0x59, 0x9c, 0x40]
        + [127, 0, 0, 1] + Array(repeating: 0, count: 12)
        + [127, 0, 0, 1] + Array(repeating: 0, count: 12)
        + [0, 0, 0, 0] + [8, 7, 6, 5, 4, 3, 2, 1]
        + Array(repeating: 0, count: 12) + [0xe8, 3, 0, 0] + [0x39, 0x30, 0, 0]

    @Test("reads an entry as the kernel lays it out")
    func parse() throws {
        let entry = try #require(SocketTableEntry(message: Self.answer[...]))
        #expect(entry.local == .loopback(port: 7001))
        #expect(entry.remote == .loopback(port: 40000))
        #expect(entry.state == .established)
        #expect(entry.cookie == 0x0102_0304_0506_0708)
        #expect(entry.user == 1000)
        #expect(entry.inode == 12345)
        #expect(entry.description == "127.0.0.1:7001 from 127.0.0.1:40000, established")
    }

    @Test("an entry that is cut short is none, at any length")
    func short() {
        for length in 0..<72 {
            #expect(SocketTableEntry(message: Self.answer.prefix(length)) == nil)
        }
    }

    @Test("asks for one socket with its ports and addresses in network order, and its cookie")
    func request() throws {
        let entry = try #require(SocketTableEntry(message: Self.answer[...]))
        let expected: [UInt8] =
            [2, 6, 0, 0] + [0xff, 0xff, 0xff, 0xff] + [0x1b, 0x59, 0x9c, 0x40]
            + [127, 0, 0, 1] + Array(repeating: 0, count: 12)
            + [127, 0, 0, 1] + Array(repeating: 0, count: 12)
            + [0, 0, 0, 0] + [8, 7, 6, 5, 4, 3, 2, 1]
        #expect(SocketRequest(entry).bytes == expected)
    }

    @Test("asks for states by the bits of their numbers")
    func states() {
        let request = SocketRequest(family: AF_INET6, states: [.established, .listening])
        #expect(request.bytes == [10, 6, 0, 0, 2, 4, 0, 0] + Array(repeating: 0, count: 48))
    }

    @Test("refuses a listener before the kernel is asked")
    func listener() {
        let listener = SocketTableEntry(
            local: .loopback(port: 7001), remote: SocketEndpoint(address: [0, 0, 0, 0], port: 0),
            state: .listening, cookie: 1)
        #expect { try SocketTable().reset(listener) } throws: { "\($0)".contains("listener") }
        var odd = listener
        odd.state = .established
        #expect { try SocketTable().reset(odd) } throws: { "\($0)".contains("listener") }
    }

    @Test(
        "knows loopback addresses of both families",
        arguments: [
            ([127, 0, 0, 1], true), ([127, 9, 8, 7], true), ([10, 0, 0, 1], false),
            (Array(repeating: 0, count: 15) + [1], true),
            (Array(repeating: 0, count: 10) + [0xff, 0xff, 127, 0, 0, 1], true),
            (Array(repeating: 0, count: 10) + [0xff, 0xff, 10, 0, 0, 1], false),
            ([0x20, 1] + Array(repeating: 0, count: 14), false), ([], false),
        ] as [([UInt8], Bool)])
    func loopback(address: [UInt8], isLoopback: Bool) {
        #expect(SocketEndpoint(address: address, port: 1).isLoopback == isLoopback)
    }

    @Test("finds both ends of a connection of this process, and the listener only when asked")
    func thisHost() throws {
        let pair = try LoopbackConnection()
        let found = try SocketTable().sockets()
        let server = try #require(found.first { $0.local.port == pair.port })
        #expect(found.contains { $0.local == server.remote && $0.remote == server.local })
        #expect(!found.contains { $0.state == .listening })
        let listeners = try SocketTable().sockets(in: [.listening])
        #expect(listeners.contains { $0.local.port == pair.port })
    }
}
