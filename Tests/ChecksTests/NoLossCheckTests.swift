import Checks
import Playbooks
import Records
import Testing

@Suite("The check no_loss")
struct NoLossCheckTests {
    private let sound = LedgerSummary(
        attempted: 1010, acknowledged: 1000, delivered: 1000, duplicated: 2, recovered: 3,
        indeterminate: 10, isDrained: true, acknowledgedBeforeFaults: 500,
        acknowledgedAfterFaults: 400)

    private func lost(_ count: Int, from start: Double = 11, node: String = "a")
        -> [LedgerSummary.LostMessage]
    {
        (0..<count).map { index in
            LedgerSummary.LostMessage(
                message: MessageIdentifier(producer: 1, sequence: index),
                acknowledgedAt: .at(start + Double(index) * 0.01), node: node)
        }
    }

    private func judge(
        _ arguments: [String: ArgumentValue] = [:], _ change: (inout LedgerSummary) -> Void
    ) throws -> CheckResult {
        var builder = EvidenceBuilder()
        builder.fault("process.kill", node: "a", from: 12, to: 18)
        var ledger = sound
        change(&ledger)
        builder.ledger = ledger
        return try builder.judge("no_loss", arguments)
    }

    @Test("holds when every acknowledged message came out")
    func holds() throws {
        let result = try judge { _ in }
        #expect(result.status == .held)
        #expect(result.sentence.contains("All 1,000 acknowledged messages"))
        #expect(result.line == 7)
        #expect(result.figure("lost") == 0)
    }

    @Test("breaks on a lost message, and says when, by whom, and how far back")
    func lostMessages() throws {
        let result = try judge { $0.lost = lost(60) }
        #expect(result.status == .broken)
        #expect(
            result.sentence.contains(
                "60 of 1,000 acknowledged messages were lost; acknowledged between 11.000 s and "
                    + "11.590 s by node a"))
        #expect(result.figure("RPO") == 1e9)
        #expect(result.figure("lost after a fault") == 0)
        #expect(result.details.count == 51)
        #expect(result.details.last == "and 10 more")
    }

    @Test("hints at two primaries when the lost were acknowledged after the fault")
    func splitBrain() throws {
        let result = try judge { $0.lost = lost(5, from: 13) }
        #expect(result.status == .broken)
        #expect(result.figure("lost after a fault") == 5)
        #expect(result.figure("RPO") == nil)
        #expect(result.details.first?.contains("two primaries") == true)
    }

    @Test(
        "breaks on what proves a lie whatever the drain did",
        arguments: [
            { @Sendable (ledger: inout LedgerSummary) in ledger.corrupted = 1 },
            { @Sendable (ledger: inout LedgerSummary) in ledger.unexpected = 1 },
            { @Sendable (ledger: inout LedgerSummary) in
                ledger.corrupted = 3
                ledger.isDrained = false
            },
            { @Sendable (ledger: inout LedgerSummary) in
                ledger.acknowledged = 1
                ledger.lost = [
                    LedgerSummary.LostMessage(
                        message: MessageIdentifier(producer: 0, sequence: 0),
                        acknowledgedAt: .zero, node: "")
                ]
            },
        ])
    func breaks(change: @Sendable (inout LedgerSummary) -> Void) throws {
        #expect(try judge { change(&$0) }.status == .broken)
    }

    @Test(
        "cannot tell from a thin or unfinished run",
        arguments: [
            { @Sendable (ledger: inout LedgerSummary) in ledger.isDrained = false },
            { @Sendable (ledger: inout LedgerSummary) in ledger.acknowledged = 99 },
            { @Sendable (ledger: inout LedgerSummary) in ledger.acknowledgedBeforeFaults = 0 },
            { @Sendable (ledger: inout LedgerSummary) in ledger.acknowledgedAfterFaults = 0 },
            { @Sendable (ledger: inout LedgerSummary) in ledger = LedgerSummary() },
        ])
    func inconclusive(change: @Sendable (inout LedgerSummary) -> Void) throws {
        #expect(try judge { change(&$0) }.status == .inconclusive)
    }

    @Test("does not call undelivered messages lost when the queue was not drained")
    func undrained() throws {
        let result = try judge {
            $0.isDrained = false
            $0.lost = lost(9)
        }
        #expect(result.status == .inconclusive)
        #expect(result.sentence.contains("9 acknowledged messages may be lost"))
    }

    @Test("asks for no acknowledgement around faults when there was none")
    func withoutFaults() throws {
        var builder = EvidenceBuilder()
        var ledger = sound
        ledger.acknowledgedAfterFaults = 0
        builder.ledger = ledger
        #expect(try builder.judge("no_loss").status == .held)
    }

    @Test("cannot tell without a ledger")
    func withoutLedger() throws {
        #expect(try EvidenceBuilder().judge("no_loss").status == .inconclusive)
    }

    @Test(
        "bounds duplicates only when asked to",
        arguments: [(nil, CheckResult.Status.held), (0.001, .broken), (0.01, .held)])
    func duplicates(limit: Double?, status: CheckResult.Status) throws {
        let arguments = limit.map {
            ["duplicates": ArgumentValue.mapping(Arguments(["at_most": .ratio(Ratio($0))]))]
        }
        let result = try judge(arguments ?? [:]) { $0.duplicated = 5 }
        #expect(result.status == status)
        #expect(result.figure("duplicates") == 0.005)
    }

    @Test("takes the fewest acknowledgements from the playbook")
    func atLeast() throws {
        #expect(try judge(["at_least": .integer(2000)]) { _ in }.status == .inconclusive)
    }
}
