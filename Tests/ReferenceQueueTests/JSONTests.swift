import NIOCore
import Testing

@testable import ReferenceQueue

@Suite("JSON documents")
struct JSONTests {
    @Test(
        "A document is written as it was read",
        arguments: [
            #"{"a":1,"b":[true,false,null],"c":"x\ny","d":-7,"e":{"f":"é😀"}}"#,
            #"[]"#, #"{}"#, #""""#, #"[1.5,-0.25]"#, #"9223372036854775807"#,
        ])
    func roundTrip(text: String) throws {
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(String(buffer: value.buffer) == text)
    }

    @Test("Escapes stand for their characters")
    func escapes() throws {
        let value = try JSONParser.parse(Array(#""\u00e9\ud83d\ude00\/\b\t\"""#.utf8))
        #expect(value.string == "é😀/\u{8}\t\"")
        #expect(String(buffer: JSONValue.string("\u{1}\u{1f}\\").buffer) == #""\u0001\u001f\\""#)
    }

    @Test(
        "What is not JSON is refused with its place",
        arguments: [
            "", "{", "[1,]", "{\"a\"}", "01", "1.", "1e", "-", "tru", "\"\\x\"", "\"\\ud800\"",
            "\"a", "1 2", "1e999", "{a:1}", "\u{1}", "\"\u{1}\"", "nulll", "+1", ".5",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test("A million brackets end in an error, not in a crash")
    func depth() {
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONParser.parse(bytes) }
    }
}
