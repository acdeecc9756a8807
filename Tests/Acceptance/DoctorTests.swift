import Foundation
import Records
import Testing

@Suite("firedrill doctor")
struct DoctorTests {
    @Test("names every kind of fault with its backends, and ends with 0 whatever is missing")
    func survey() async throws {
        struct Survey: Decodable {
            struct Kind: Decodable {
                struct Backend: Decodable { var isUsable: Bool }
                var kind: String
                var backends: [Backend]
            }
            struct Finding: Decodable { var evidence: String }
            var kinds: [Kind]
            var findings: [Finding]
        }
        let command = try DrillCommand()
        defer { command.remove() }
        #expect(try await command.run(["doctor", "--json"], within: .seconds(60)) == 0)
        let survey = try JSONDecoder().decode(Survey.self, from: Data(command.output.utf8))
        #expect(survey.kinds.map(\.kind).contains("network.delay"))
        #expect(survey.kinds.allSatisfy { !$0.backends.isEmpty })
        #expect(survey.findings.allSatisfy { !$0.evidence.isEmpty })
        #expect(try await command.run(["doctor"], within: .seconds(60)) == 0)
        #expect(command.output.contains("process.kill"))
    }
}
