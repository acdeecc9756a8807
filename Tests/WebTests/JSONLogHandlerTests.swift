import Foundation
import Logging
import Synchronization
import Testing
import Web

@Suite("The log as JSON")
struct JSONLogHandlerTests {
    @Test("is one object a line, with what the event is about in its fields")
    func line() throws {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "firedrill") { label in
            JSONLogHandler(label: label, now: { Date(timeIntervalSince1970: 1_790_000_000.25) }) {
                line in lines.withLock { $0.append(line) }
            }
        }
        logger[metadataKey: "drill"] = "d1"
        logger.debug("not asked for")
        logger.warning("wrong \"token\"\nof", metadata: ["address": "127.0.0.1"])
        let written = lines.withLock(\.self)
        #expect(written.count == 1)
        let text = try #require(written.first)
        #expect(text.hasSuffix("}\n") && text.dropLast().contains("\n") == false)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["time"] as? String == "2026-09-21T14:13:20.250Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["logger"] as? String == "firedrill")
        #expect(object["message"] as? String == "wrong \"token\"\nof")
        #expect(object["fields"] as? [String: String] == ["drill": "d1", "address": "127.0.0.1"])
    }
}
