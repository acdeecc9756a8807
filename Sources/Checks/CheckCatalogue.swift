public import Playbooks
public import Records

/// Every check that playbooks may name.
public enum CheckCatalogue {
    static let types: [any Check.Type] = [
        ErrorRateCheck.self, FailoverCheck.self, HealthCheck.self, LatencyCheck.self,
        NoCrashCheck.self, NoFailoverCheck.self, NoLossCheck.self,
        RecoveryCheck.self, RetriesCheck.self, ThroughputCheck.self,
    ]

    /// What playbooks may say of each check, for the vocabulary.
    public static var declarations: [KindDeclaration] { types.map { $0.declaration } }

    /// Makes the check that an expectation names; throws a ``CheckError`` when there is none, or when
    /// what it asks for contradicts the playbook.
    public static func make(_ expectation: Expectation, playbook: Playbook) throws -> any Check {
        guard let type = types.first(where: { $0.declaration.kind == expectation.kind }) else {
            throw CheckError(
                check: expectation.kind, line: expectation.line, reason: "there is no such check",
                remedy: "use one of " + Wording.list(declarations.map(\.kind)))
        }
        return try type.init(expectation: expectation, playbook: playbook)
    }

    /// How long the load must go on after the last fault so that every check can answer.
    ///
    /// Ending it earlier is no error: what could not be seen is then inconclusive. Zero when no
    /// check looks at the time after the faults.
    public static func observationTime(for playbook: Playbook) -> Duration {
        playbook.expectations.reduce(.zero) { longest, expectation in
            // A check that cannot be made says so when it is judged.
            let check = try? make(expectation, playbook: playbook) as? RecoveryCheck
            return max(longest, check?.observationTime(for: playbook.workload) ?? .zero)
        }
    }

    /// Judges the evidence by every expectation of its playbook, in their order.
    ///
    /// A check that cannot be made answers `inconclusive` with the reason.
    public static func judge(_ evidence: JudgedEvidence) -> [CheckResult] {
        let plausible = evidence.plausible
        return plausible.playbook.expectations.map { expectation in
            do {
                return try make(expectation, playbook: plausible.playbook).judge(plausible)
            } catch {
                return CheckResult(
                    check: expectation.kind, status: .inconclusive,
                    sentence: "The check could not be made: \(error)", line: expectation.line)
            }
        }
    }
}
