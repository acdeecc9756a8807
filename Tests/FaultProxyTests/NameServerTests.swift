import Glibc
import Kernel
import Testing

@testable import FaultProxy

@Suite("A name server in between", .timeLimit(.minutes(1)))
struct NameServerTests {
    /// Asks for a name's addresses; the answer's bytes, nil when none comes.
    private func bytes(
        _ server: NameServer, _ name: String, kind: UInt8 = 1, patience: Duration = .seconds(10)
    ) async throws -> [UInt8]? {
        let socket = try DatagramSocket(address: "127.0.0.1")
        var question = NameMessage.question(for: name, identifier: 0x1234)
        question[question.count - 3] = kind
        #expect(try socket.send(question, to: server.address, port: UInt16(server.port)))
        let begin = ContinuousClock.now
        while begin.duration(to: .now) < patience {
            if let bytes = try socket.receive() { return bytes }
            try await Task.sleep(for: .milliseconds(2))
        }
        return nil
    }

    private func ask(
        _ server: NameServer, _ name: String, patience: Duration = .seconds(10)
    ) async throws -> NameMessage? {
        try await bytes(server, name, patience: patience).flatMap { NameMessage($0) }
    }

    private func start(
        _ effect: NameServer.Effect, names: [String], known: [String: [String]] = [:],
        upstream: NameServer? = nil, isOn: Bool = true
    ) async throws -> NameServer {
        let server = try await NameServer.start(
            address: "127.0.0.1", port: 0,
            rules: NameServer.Rules(
                names: names.compactMap { NamePattern($0) }, effect: effect, known: known),
            upstream: upstream.map { [($0.address, $0.port)] } ?? [])
        if isOn { server.turnOn() }
        return server
    }

    @Test("answers for the chosen names, and asks the other one for all the rest")
    func whole() async throws {
        let host = try await start(.answer(.refused), names: ["*.org", "other"])
        let server = try await start(
            .answer(.noSuchName), names: ["db.internal", "*.org"], upstream: host)
        for name in ["db.internal", "DB.Internal", "a.b.org"] {
            let answer = try #require(try await ask(server, name))
            #expect(answer.code == 3 && answer.identifier == 0x1234, "\(name)")
            #expect(answer.isAnswer && answer.name == name.lowercased())
        }
        #expect(server.questions == 3 && host.questions == 0)
        let other = try #require(try await ask(server, "other"))
        #expect(other.code == 5 && other.identifier == 0x1234)
        #expect(host.questions == 1)
        await server.stop()
        await host.stop()
    }

    @Test("is silent, late, or out of order where it was told to be")
    func effects() async throws {
        let host = try await start(.answer(.noSuchName), names: ["a"])
        let late = try await start(.delay(.milliseconds(300)), names: ["a"], upstream: host)
        let begin = ContinuousClock.now
        #expect(try await ask(late, "a")?.code == 3)
        #expect(begin.duration(to: .now) >= .milliseconds(300))
        let alone = try await start(.silence, names: ["b"])
        #expect(try await ask(alone, "a")?.code == 2)
        #expect(try await ask(alone, "b", patience: .milliseconds(300)) == nil)
        for server in [host, late, alone] { await server.stop() }
    }

    @Test("answers with the addresses that it knows, of the kind that was asked for")
    func known() async throws {
        let server = try await start(
            .answer(.noSuchName), names: ["db"], known: ["db": ["10.0.0.7", "::1"]], isOn: false)
        let answer = try #require(try await bytes(server, "DB"))
        // One record: the name as in the question, A, IN, no time to live, four bytes.
        #expect(answer[6...7] == [0, 1])
        #expect(answer.suffix(16) == [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 7])
        let wide = try #require(try await bytes(server, "db", kind: 28))
        #expect(wide.suffix(18) == [0, 16] + Array(repeating: 0, count: 15) + [1])
        let other = try #require(try await bytes(server, "db", kind: 15))
        #expect(other[3] & 0x0f == 0 && other[7] == 0)
        server.turnOn()
        #expect(try await ask(server, "db")?.code == 3)
        server.turnOff()
        #expect(try await ask(server, "db")?.code == 0)
        #expect(server.questions == 1)
        await server.stop()
    }

    @Test(
        "takes no message that is cut short, or asks for two names",
        arguments: 0..<29)
    func broken(length: Int) {
        let question = NameMessage.question(for: "db.internal", identifier: 1)
        #expect(NameMessage(Array(question.prefix(length))) == nil)
        var two = question
        two[5] = 2
        #expect(NameMessage(two) == nil)
        #expect(NameMessage(question)?.name == "db.internal")
    }

    @Test(
        "takes names of hosts, and nothing else",
        arguments: [
            ("a", "a", true), ("A.b.", "a.b", true), ("*.b", "a.b", true), ("*.b", "b", false),
            ("*.b", "a.b.c", false), ("b", "a.b", false), ("_srv.a-1", "_srv.a-1", true),
        ])
    func patterns(text: String, name: String, fits: Bool) throws {
        #expect(try #require(NamePattern(text)).fits(name) == fits)
        for wrong in ["", ".", "a..b", "*", "a.*", "a b", "ä"] {
            #expect(NamePattern(wrong) == nil, "\(wrong)")
        }
    }
}
