import Playbooks
import Records

/// A check that knows the playbook's line that asks for it.
protocol PlacedCheck: Check {
    var line: Int { get }
}

extension PlacedCheck {
    /// What this check found.
    func result(
        _ status: CheckResult.Status, _ sentence: String, _ figures: [Figure] = [],
        details: [String] = []
    ) -> CheckResult {
        CheckResult(
            check: Self.declaration.kind, status: status, sentence: sentence, figures: figures,
            details: details, line: line)
    }
}
