public import Playbooks
public import Records
import Systems

/// Asks a node for its status by the target's own means: its role, whether it may serve, its lag.
public struct StatusProbe: Probe {
    public static let declaration = KindDeclaration(
        kind: "status", summary: "Asks nodes for their status by the target's own means.",
        selector: .optional,
        parameters: [
            .init(
                "expect",
                .mapping([
                    .init(
                        "role", .choice(["primary", "standby", "single"]),
                        "The role that the node must give itself."),
                    .init("below", .number(0...1e15), "The bound of the number it measures."),
                ]), "What a healthy answer is, beside the node's own word.")
        ])

    private let step: ProbeStep
    private let role: String?
    private let limit: Double?

    public init(step: ProbeStep) throws {
        try NodeQuestion.check(step)
        self.step = step
        role = step.arguments.mapping("expect")?.string("role")
        limit = step.arguments.mapping("expect")?.number("below")
    }

    public func planned(_ shown: (String) -> String) -> [String] {
        ["the status of the testbed's nodes"]
    }

    public func ask(context: ProbeContext) async -> [ProbeSample] {
        await NodeQuestion.ask(step, context: context) { node, testbed in
            judge(await testbed.status(of: node.name))
        }
    }

    private func judge(_ status: StatusAnswer) -> NodeAnswer {
        var answer = NodeAnswer(
            status.result, status.answer, value: status.value, role: status.role)
        guard status.result == .healthy else { return answer }
        if let role, status.role?.rawValue != role {
            answer.result = .unhealthy
            answer.answer += ", role \(status.role?.rawValue ?? "unknown")"
        }
        if let limit {
            guard let value = status.value else {
                answer.result = .unknown
                answer.answer += ", no number"
                return answer
            }
            if value >= limit { answer.result = .unhealthy }
        }
        return answer
    }
}
