import Checks
import Playbooks
import Records
import Testing

@Suite("The catalogue of checks")
struct CheckCatalogueTests {
    @Test("declares each kind once, with a sentence for every key")
    func declarations() {
        let kinds = CheckCatalogue.declarations.map(\.kind)
        #expect(Set(kinds).count == kinds.count)
        for declaration in CheckCatalogue.declarations {
            #expect(declaration.summary.hasSuffix("."))
            #expect(declaration.parameters.allSatisfy { $0.summary.hasSuffix(".") })
        }
    }

    @Test("refuses a kind that it does not know")
    func unknown() {
        #expect(throws: CheckError.self) {
            try CheckCatalogue.make(
                Expectation(kind: "no_los", line: 3), playbook: EvidenceBuilder().playbook)
        }
    }

    @Test("answers inconclusive for an expectation that cannot be made")
    func judge() {
        var builder = EvidenceBuilder()
        builder.playbook.expectations = [Expectation(kind: "no_los", line: 3)]
        let results = CheckCatalogue.judge(builder.evidence)
        #expect(results.map(\.status) == [.inconclusive])
        #expect(results.first?.line == 3)
    }
}
