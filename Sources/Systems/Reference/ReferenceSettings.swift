import Playbooks

/// What a playbook says of the embedded queue service.
struct ReferenceSettings: Sendable, Equatable {
    /// The planted bugs that `refqueue serve` knows.
    static let weaknesses = [
        "ack-before-commit", "async-replication", "no-fencing", "constant-retry", "lying-health",
        "crash-on-full-disk", "no-sync", "no-deduplication", "uptime-timestamps",
    ]

    /// The policy by which refqueue delivers again, when the playbook says nothing else.
    static let defaultRedelivery = RetryPolicy(
        first: .seconds(2), factor: 2, cap: .seconds(32), jitter: .full, attempts: 5)

    var nodes: Int
    var isSynced: Bool
    var lease: Duration
    var redelivery: RetryPolicy
    var weaknesses: [String]
    var storage: NodeStorage

    static let declaration = KindDeclaration(
        kind: "reference",
        summary: "The embedded queue service: a primary and a standby with an arbiter.",
        parameters: [
            ParameterDeclaration(
                "nodes", .integer(1...2), "How many nodes run.", default: .integer(2)),
            ParameterDeclaration(
                "durability", .choice(["synced", "async"]),
                "Whether an acknowledgement waits for the standby's disk.",
                default: .string("synced")),
            ParameterDeclaration(
                "lease", .duration, "How long a primary may go on without its arbiter.",
                default: .duration(.seconds(1))),
            ParameterDeclaration(
                "redelivery",
                .mapping([
                    ParameterDeclaration(
                        "first", .duration, "The envelope of the first gap.",
                        default: .duration(defaultRedelivery.first)),
                    ParameterDeclaration(
                        "factor", .number(1...100), "How much each envelope exceeds the last.",
                        default: .number(defaultRedelivery.factor)),
                    ParameterDeclaration(
                        "cap", .duration, "The largest envelope.",
                        default: .duration(defaultRedelivery.cap)),
                    ParameterDeclaration(
                        "jitter", .choice(RetryPolicy.Jitter.allCases.map(\.rawValue)),
                        "How a gap is drawn from its envelope.", default: .string("full")),
                    ParameterDeclaration(
                        "attempts", .integer(1...1_000),
                        "How often a message is delivered before it is dead.",
                        default: .integer(5)),
                ]),
                "How the service delivers a message again that was refused or timed out."),
            ParameterDeclaration(
                "weakness", .list(.choice(["none"] + weaknesses)),
                "Planted bugs, to see that a drill finds them; `none` plants none."),
            NodeStorage.parameter,
        ])

    init(_ settings: Arguments) throws {
        nodes = Int(settings.integer("nodes") ?? 2)
        isSynced = settings.string("durability") != "async"
        lease = settings.duration("lease") ?? .seconds(1)
        weaknesses = (settings.strings("weakness") ?? []).filter { $0 != "none" }
        storage = try NodeStorage(settings: settings)
        redelivery = Self.redelivery(settings.mapping("redelivery"))
        guard (1...2).contains(nodes) else {
            throw SystemError(
                attempt: "read nodes", reason: "\(nodes) nodes cannot run",
                remedy: "give 1 or 2")
        }
        guard lease >= .milliseconds(100), lease <= .seconds(60) else {
            throw SystemError(
                attempt: "read lease", reason: "a lease of \(lease) cannot be kept",
                remedy: "give between 100 ms and 60 s")
        }
        if let unknown = weaknesses.first(where: { !Self.weaknesses.contains($0) }) {
            throw SystemError(
                attempt: "read weakness", reason: "'\(unknown)' is no weakness",
                remedy: "write one of \(Self.weaknesses.joined(separator: ", "))")
        }
    }

    private static func redelivery(_ arguments: Arguments?) -> RetryPolicy {
        var policy = defaultRedelivery
        guard let arguments else { return policy }
        policy.first = arguments.duration("first") ?? policy.first
        policy.factor = arguments.number("factor") ?? policy.factor
        policy.cap = arguments.duration("cap") ?? policy.cap
        policy.attempts = arguments.integer("attempts").map { Int($0) } ?? policy.attempts
        policy.jitter =
            arguments.string("jitter").flatMap(RetryPolicy.Jitter.init(rawValue:)) ?? policy.jitter
        return policy
    }
}
