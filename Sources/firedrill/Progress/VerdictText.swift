import Playbooks
import Records

/// A verdict as lines for a terminal.
struct VerdictText {
    var hasColor: Bool

    func lines(_ verdict: Verdict) -> [String] {
        var lines = [
            paint(verdict.outcome.word.uppercased(), color(verdict.outcome))
                + "  \(verdict.reason)", "",
        ]
        lines.append(
            row(
                verdict.precondition == .held ? "held" : verdict.precondition.rawValue,
                "precondition", verdict.preconditionSentence,
                color: verdict.precondition == .held ? 32 : 33))
        for fault in verdict.faults {
            lines.append(
                row(
                    fault.injection.rawValue, "\(fault.identifier) \(fault.name)", fault.proof,
                    color: fault.injection == .confirmed ? 32 : 33))
        }
        for check in verdict.checks {
            let color = check.status == .held ? 32 : check.status == .broken ? 31 : 33
            lines.append(row(check.status.rawValue, check.check, check.sentence, color: color))
        }
        for fault in verdict.faults {
            lines.append(
                row(
                    fault.undo.rawValue, "undo \(fault.identifier)", undo(fault),
                    color: fault.undo == .clean ? 32 : 31))
        }
        return lines
    }

    func paint(_ text: String, _ color: Int) -> String {
        hasColor ? "\u{1B}[1;\(color)m\(text)\u{1B}[0m" : text
    }

    private func row(_ status: String, _ name: String, _ text: String, color: Int) -> String {
        let status = status + String(repeating: " ", count: max(0, 13 - status.count))
        let name = name + String(repeating: " ", count: max(0, 26 - name.count))
        return "  \(paint(status, color)) \(name) \(text)"
    }

    private func undo(_ fault: FaultRecord) -> String {
        var text = "by \(fault.undoneBy.rawValue)"
        if let reverting = fault.revertingAt, let verified = fault.verifiedAt {
            text += " in \((verified - reverting).duration.text)"
        }
        let different = fault.comparisons.filter { !$0.isSame }
        if !different.isEmpty {
            text +=
                ": "
                + different.map { "\($0.what) was \($0.before), is \($0.after)" }
                .joined(separator: "; ")
        } else if !fault.comparisons.isEmpty {
            text += ", same as before: " + fault.comparisons.map(\.what).joined(separator: ", ")
        }
        return text
    }

    private func color(_ outcome: Outcome) -> Int {
        switch outcome {
        case .passed: 32
        case .failed, .residual, .error: 31
        case .invalid, .preconditionUnmet, .inconclusive, .aborted: 33
        }
    }
}
