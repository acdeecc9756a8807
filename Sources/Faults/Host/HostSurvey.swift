public import Kernel
import Playbooks

/// What this host, this kernel and this user's rights allow each kind of fault to do.
public struct HostSurvey: Sendable, Codable {
    /// One feature with how it was found out.
    public struct Finding: Sendable, Codable {
        public var feature: HostFeature
        public var presence: KernelAnswer.Presence
        /// The question and its answer.
        public var evidence: String
        /// What would add it; empty where it is present or nothing is known.
        public var remedy: String
    }

    /// One way of a kind to its effect.
    public struct Backend: Sendable, Codable {
        public var name: String
        public var isUsable: Bool
        /// Absent where a feature that it needs is absent, unknown where one could not be asked for.
        public var presence: KernelAnswer.Presence
        /// The features that are missing or, where none is, those that could not be asked for.
        public var lacks: [HostFeature]
    }

    /// A kind of fault with its backends, the strongest first.
    public struct Kind: Sendable, Codable {
        public var kind: String
        public var backends: [Backend]
    }

    /// `Linux 6.1.0-40-amd64`.
    public var kernel: String
    public var distribution: String
    /// `root`, `user 1000`.
    public var user: String
    public var findings: [Finding]
    public var kinds: [Kind]
    /// What the host's policy names and the host does not have.
    public var policyWarnings: [String] = []

    /// Judges findings for the kinds of faults; pure.
    init(
        kernel: String, distribution: Distribution, user: String,
        answers: [HostFeature: KernelAnswer], kinds: [(kind: String, backends: [BackendNeeds])]
    ) {
        self.kernel = kernel
        self.distribution = distribution.name
        self.user = user
        findings = HostFeature.allCases.map { feature in
            let answer =
                answers[feature] ?? KernelAnswer(.unknown, "nobody asked for it")
            return Finding(
                feature: feature, presence: answer.presence, evidence: answer.evidence,
                remedy: answer.presence == .absent ? distribution.remedy(for: feature) : "")
        }
        let answered = Dictionary(
            findings.map { ($0.feature, $0.presence) }, uniquingKeysWith: { $1 })
        self.kinds = kinds.map { kind, backends in
            Kind(
                kind: kind,
                backends: backends.map { needs in
                    let lacks = needs.features.filter { answered[$0] != .present }
                    let isAbsent = lacks.contains { answered[$0] == .absent }
                    return Backend(
                        name: needs.backend, isUsable: lacks.isEmpty,
                        presence: lacks.isEmpty ? .present : isAbsent ? .absent : .unknown,
                        lacks: isAbsent ? lacks.filter { answered[$0] == .absent } : lacks)
                })
        }
    }

    /// Asks the kernel; changes nothing on the host.
    ///
    /// Questions that would change something are asked in a network namespace of their own, which
    /// ends with the answer.
    public static func probe() -> HostSurvey {
        let host = HostQuestions()
        return HostSurvey(
            kernel: host.kernel, distribution: host.distribution, user: host.user,
            answers: host.answers(),
            kinds: FaultCatalogue.kinds.map { ($0.declaration.kind, $0.backends) })
    }
}
