import Playbooks

/// The keys of `incidents.yaml`.
enum IncidentGrammar {
    private static let source: ParameterType = .mapping([
        .init("file", .string, "A file that holds nothing else, readable by its owner."),
        .init("environment", .string, "A variable of the process."),
    ])

    static let decoder = ConfigurationDecoder(
        title: "the incident configuration",
        grammar: [
            .init(
                "destinations",
                .list(
                    .mapping([
                        .init("name", .string, "How rules and people call it.", isRequired: true),
                        .init("directory", .string, "A directory to copy bundles into."),
                        .init("webhook", .string, "A URL that takes signed JSON."),
                        .init("secret", source, "The key that a webhook is signed with."),
                        .init("github", .string, "A repository, 'owner/name'."),
                        .init("gitlab", .string, "A project's number or path."),
                        .init("issue", .integer(1...1_000_000_000), "The issue to comment on."),
                        .init("token", source, "The token of an account that may comment."),
                        .init("api", .string, "The API's URL, where it is another one."),
                        .init("slack", source, "The URL of an incoming webhook."),
                        .init("ca", .string, "Certificates (PEM) to trust for https."),
                    ])), "Where bundles and alerts go.", default: .list([])),
            .init(
                "alerts",
                .list(
                    .mapping([
                        .init(
                            "on", .list(.choice(Alert.Kind.allCases.map(\.rawValue))),
                            "What is told.", isRequired: true),
                        .init("to", .list(.string), "Names of destinations.", isRequired: true),
                        .init(
                            "playbooks", .list(.string), "Which playbooks; '*' is any text.",
                            default: .list([.string("*")])),
                    ])), "Which alerts go where.", default: .list([])),
            .init(
                "repeat_after", .duration, "After how long an alert is repeated.",
                default: .duration(.seconds(86_400))),
        ])
}
