import History
import Testing

@Suite("The address of a history in PostgreSQL")
struct AddressTests {
    @Test(
        "is in no error when it cannot be read, and neither is a part of it",
        arguments: [
            "postgresql://user:secret@[half", "postgresql://user:secret%zz@127.0.0.1/drills",
            "postgresql://user:secret@127.0.0.1/drills?unknown=secret",
        ])
    func unreadable(address: String) {
        let error = #expect(throws: (any Error).self) { try HistoryDatabase(address) }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("no URI that libpq can read"), "\(text)")
        #expect(!text.contains("secret"), "\(text)")
    }

    @Test("gives the server's words, without the password, when nobody answers there")
    func refused() {
        // Port 1 is nobody's.
        let error = #expect(throws: (any Error).self) {
            try HistoryDatabase("postgresql://user:secret@127.0.0.1:1/drills")
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("127.0.0.1") && !text.contains("secret"), "\(text)")
    }
}
