public import Playbooks

/// Every kind of probe of this build: one line each.
public enum ProbeCatalogue {
    private static let kinds: [any Probe.Type] = [
        CommandProbe.self,
        HTTPProbe.self,
        StatusProbe.self,
        TCPProbe.self,
    ]

    /// What playbooks may say of probes, for the vocabulary.
    public static var declarations: [KindDeclaration] { kinds.map { $0.declaration } }

    /// Makes the probe that a step asks for; throws ``ProbeError``.
    public static func make(_ step: ProbeStep) throws -> any Probe {
        guard let kind = kinds.first(where: { $0.declaration.kind == step.kind }) else {
            throw ProbeError(step, "there is no such kind")
        }
        return try kind.init(step: step)
    }
}
