import Testing

@testable import Incidents

@Suite("Secrets in records")
struct RedactionTests {
    @Test(
        "Only what looks like a secret is masked; every other byte stays",
        arguments: [
            (#"{"a": 1.50, "b": [true, null]}"#, #"{"a": 1.50, "b": [true, null]}"#),
            (#"{"password":"x y","n":2}"#, #"{"password":"(redacted)","n":2}"#),
            (#"{"api_key" : "k\"ey"}"#, #"{"api_key" : "(redacted)"}"#),
            (
                #"{"message":"token=abc, then"}"#,
                #"{"message":"token=(redacted), then"}"#
            ),
            (#"{"m":"at 12:00 \u00e9"}"#, #"{"m":"at 12:00 \u00e9"}"#),
            (#"{"m":"cut off tok"#, #"{"m":"cut off tok"#),
            (#"{"m":"cut off \"#, #"{"m":"cut off \"#),
        ])
    func records(before: String, after: String) {
        let redacted = RecordRedaction.redact(Array(before.utf8))
        #expect(String(decoding: redacted, as: UTF8.self) == after)
    }
}
