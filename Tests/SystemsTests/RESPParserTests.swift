import Records
import Testing

@testable import Systems

@Suite("RESP parser")
struct RESPParserTests {
    private static func parse(_ text: String, limit: Int = 1_000) throws -> [RESPValue] {
        var parser = RESPParser(maximumBytes: limit)
        parser.append(text.utf8)
        var values: [RESPValue] = []
        while let value = try parser.next() { values.append(value) }
        return values
    }

    private static let values: [(text: String, value: RESPValue)] = [
        ("+OK\r\n", .simple("OK")),
        ("-ERR unknown command\r\n", .error(code: "ERR", message: "unknown command")),
        ("-LOADING\r\n", .error(code: "LOADING", message: "")),
        (":-42\r\n", .integer(-42)),
        ("$5\r\nhel\r\n\r\n", .bulk(Array("hel\r\n".utf8))),
        ("$0\r\n\r\n", .bulk([])),
        ("$-1\r\n", .null), ("*-1\r\n", .null), ("_\r\n", .null),
        ("*0\r\n", .array([])),
        ("*2\r\n:1\r\n*1\r\n+a\r\n", .array([.integer(1), .array([.simple("a")])])),
        ("#t\r\n", .boolean(true)), ("#f\r\n", .boolean(false)),
        (",1.5\r\n", .double(1.5)),
        ("(123456789012345678901234567890\r\n", .simple("123456789012345678901234567890")),
        ("!9\r\nERR a b c\r\n", .error(code: "ERR", message: "a b c")),
        ("=7\r\ntxt:abc\r\n", .bulk(Array("abc".utf8))),
        ("%1\r\n+k\r\n:1\r\n", .array([.simple("k"), .integer(1)])),
        ("~1\r\n:1\r\n", .array([.integer(1)])), (">1\r\n:1\r\n", .array([.integer(1)])),
    ]

    @Test("every type is read", arguments: values.indices)
    func readsEveryType(index: Int) throws {
        let (text, value) = Self.values[index]
        #expect(try Self.parse(text) == [value])
    }

    @Test("values are the same however their bytes come in pieces", arguments: 1...7)
    func readsPieces(size: Int) throws {
        let stream = Array(Self.values.map(\.text).joined().utf8)
        var parser = RESPParser(maximumBytes: 1_000)
        var values: [RESPValue] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            parser.append(stream[start..<min(start + size, stream.count)])
            while let value = try parser.next() { values.append(value) }
        }
        #expect(values == Self.values.map(\.value))
        #expect(!parser.isInMidValue)
    }

    @Test(
        "what is no value, or too much, is refused",
        arguments: [
            "hello\r\n", "$x\r\n", "$-2\r\n", ":1a\r\n", ",x\r\n", "$3\r\nabcd\r\n",
            "$1001\r\n", "*1001\r\n", "$99999999999999999999\r\n", "*400\r\n",
            String(repeating: "*1\r\n", count: 40),
        ])
    func refuses(_ text: String) {
        #expect(throws: RESPParser.Malformed.self) { try Self.parse(text) }
    }

    @Test("an endless line is refused at the bound")
    func boundsLine() {
        #expect(throws: RESPParser.Malformed.self) {
            try Self.parse("+" + String(repeating: "a", count: 2_000))
        }
    }

    @Test("random bytes neither crash nor keep more than the bound", arguments: 0..<200)
    func survivesNoise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("*$+-:_#,!=%~>(0123456789\r\n\r\nab".utf8)
        var parser = RESPParser(maximumBytes: 200)
        var fed = 0
        do {
            while fed < 4_000 {
                let piece = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                }
                fed += piece.count
                parser.append(piece)
                while try parser.next() != nil {}
            }
            Issue.record("4,000 random bytes were all accepted as values")
        } catch {
            #expect(!error.detail.isEmpty)
        }
    }

    @Test("a command is an array of bulk strings")
    func writesCommand() throws {
        let bytes = RESPValue.command([Array("LPUSH".utf8), Array("q".utf8), []])
        #expect(
            String(decoding: bytes, as: UTF8.self) == "*3\r\n$5\r\nLPUSH\r\n$1\r\nq\r\n$0\r\n\r\n")
    }
}
