import Records

/// Something that the drill found, for a person to own and to close.
struct Finding: Sendable, Codable, Equatable {
    /// Where it comes from: a check, a fault's undo.
    let source: String
    let sentence: String

    /// One for each broken check, and one for each fault that is not known to be out.
    static func all(checks: [CheckResult], faults: [FaultRecord]) -> [Finding] {
        checks.filter { $0.status == .broken }
            .map { Finding(source: $0.check, sentence: $0.sentence) }
            + faults.filter { $0.undo != .clean && $0.injectedAt != nil }.map {
                Finding(
                    source: "undo of \($0.identifier)",
                    sentence:
                        "\($0.name) is \($0.undo == .residual ? "still in" : "not known to be out")"
                )
            }
    }

    /// What a person fills in.
    static let columns = ["Severity", "Owner", "Ticket", "Due date", "Re-test date"]
}
