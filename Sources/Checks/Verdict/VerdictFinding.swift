import Playbooks
import Records

/// One thing that keeps a drill from being passed.
struct VerdictFinding: Equatable {
    var outcome: Outcome
    var sentence: String
}

extension VerdictBuilder {
    /// Everything that stands against `passed`, axis by axis.
    func findings() -> [VerdictFinding] {
        var findings = undoFindings() + injectionFindings() + hypothesisFindings()
        if let toolError {
            findings.append(
                VerdictFinding(outcome: .error, sentence: "Firedrill itself failed: \(toolError)"))
        }
        if let abortReason {
            findings.append(
                VerdictFinding(
                    outcome: .aborted, sentence: "The drill was ended early: \(abortReason)"))
        }
        switch precondition {
        case .held:
            break
        case .unmet:
            findings.append(
                VerdictFinding(
                    outcome: .preconditionUnmet,
                    sentence: "The steady state was not there before the first fault"
                        + (preconditionSentence.isEmpty ? "" : ": \(preconditionSentence)")))
        case .unknown:
            findings.append(
                VerdictFinding(
                    outcome: .inconclusive,
                    sentence: "Nobody knows whether the steady state was there before the first "
                        + "fault"
                        + (preconditionSentence.isEmpty ? "" : ": \(preconditionSentence)")
                ))
        }
        return findings
    }

    /// A fault that was recorded may be in; only a clean undo says that it is not.
    private func undoFindings() -> [VerdictFinding] {
        faults.compactMap { fault in
            guard fault.recordedAt != nil || fault.injectedAt != nil else { return nil }
            let objects = fault.objects.isEmpty ? "" : " on " + Wording.list(fault.objects)
            let name = "\(fault.identifier) \(fault.name)\(objects)"
            let differing = fault.comparisons.first { !$0.isSame }.map {
                " (\($0.what): \($0.before) before, \($0.after) after)"
            }
            switch fault.undo {
            case .clean:
                return nil
            case .residual:
                return VerdictFinding(
                    outcome: .residual,
                    sentence: "fault \(name) was not taken out whole\(differing ?? ""): run "
                        + "'firedrill revert'")
            case .unknown:
                return VerdictFinding(
                    outcome: .inconclusive,
                    sentence: "it is not known whether fault \(name) was taken out"
                        + (differing ?? ""))
            }
        }
    }

    private func injectionFindings() -> [VerdictFinding] {
        faults.compactMap { fault in
            let proof = fault.proof.isEmpty ? "" : ": \(fault.proof)"
            let name = "\(fault.identifier) \(fault.name)"
            switch fault.injection {
            case .confirmed:
                return nil
            case .mismatch:
                return VerdictFinding(
                    outcome: .inconclusive,
                    sentence: "fault \(name) was not the one asked for\(proof)")
            case .unproven:
                return VerdictFinding(
                    outcome: .inconclusive,
                    sentence: "the effect of fault \(name) is not proven\(proof)")
            }
        }
    }

    private func hypothesisFindings() -> [VerdictFinding] {
        var findings = checks.compactMap { check -> VerdictFinding? in
            switch check.status {
            case .held: nil
            case .broken:
                VerdictFinding(outcome: .failed, sentence: "\(check.check): \(check.sentence)")
            case .inconclusive:
                VerdictFinding(
                    outcome: .inconclusive, sentence: "\(check.check): \(check.sentence)")
            }
        }
        let judged = checks.count { !$0.check.hasPrefix("steady_state") }
        let unjudged = playbook.expectations.count - judged
        if checks.isEmpty, !isProbesAlone {
            findings.append(
                VerdictFinding(
                    outcome: .inconclusive,
                    sentence: playbook.expectations.isEmpty
                        ? "the playbook expects nothing of its faults, so nothing was tested"
                        : "none of the playbook's checks was judged"))
        } else if unjudged > 0 {
            findings.append(
                VerdictFinding(
                    outcome: .inconclusive,
                    sentence: "\(Wording.count(unjudged, "check")) of the playbook "
                        + "\(unjudged == 1 ? "was" : "were") not judged"))
        }
        return findings
    }

    /// Whether the playbook only asks questions: then the steady state alone decides.
    private var isProbesAlone: Bool {
        playbook.expectations.isEmpty && faults.isEmpty
            && !playbook.method.contains(where: \.containsFault)
    }
}

extension Step {
    fileprivate var containsFault: Bool {
        switch self {
        case .fault: true
        case .wait, .probe: false
        case .parallel(let steps): steps.contains(where: \.containsFault)
        }
    }
}
