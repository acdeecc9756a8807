public import Playbooks
public import Records

/// What a person is asked before a drill begins.
public struct Question: Sendable {
    /// What there is to say yes to; empty when the drill stays within its testbed.
    public let lines: [String]
    /// Why the drill cannot begin, whatever the answer is.
    public let refusals: [String]

    /// - Parameter trustsPlaybook: whether the programs that probes run, and the secrets that are used,
    ///   are allowed already.
    public init(_ plan: Plan, _ secrets: Secrets, trustsPlaybook: Bool = false) {
        let asked = plan.steps.filter { $0.isOutside == true }
        let programs = trustsPlaybook ? [] : asked.filter { $0.kind == "probe" }
        lines =
            Self.part(
                "This drill touches what it did not start itself:",
                asked.filter { $0.kind != "probe" }.flatMap(Self.lines))
            + Self.part(
                "This drill runs programs that its playbook names, with your rights:",
                programs.flatMap(Self.lines))
            + Self.part(
                "This drill uses what only you may read:",
                trustsPlaybook ? [] : secrets.sources.map { "  \($0)" })
        refusals = plan.limits.filter { !$0.isAllowed }.map { "\($0.rule): \($0.reason)" }
    }

    private static func part(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : [title] + lines
    }

    private static func lines(of step: Plan.PlannedStep) -> [String] {
        ["  line \(step.line): \(step.summary)"] + step.objects.map { "      on \($0)" }
    }
}
