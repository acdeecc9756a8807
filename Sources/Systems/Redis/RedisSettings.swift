import Playbooks

/// What a playbook says of a Redis server that the drill starts.
struct RedisSettings: Sendable, Equatable {
    static let synchronizations = ["always", "everysec", "no"]

    var appendsOnly: Bool
    var synchronization: String
    /// The rules of `save`, as redis.conf writes them; empty for no snapshots.
    var save: String
    /// After how many refusals a message goes to the dead list; nil for never.
    var attempts: Int?
    /// How long a delivery may stay unsettled before it goes back to the queue.
    var lease: Duration
    var storage: NodeStorage

    static let declaration = KindDeclaration(
        kind: "redis",
        summary: "A Redis server of the drill's own with the reliable list: LPUSH, BLMOVE, LREM.",
        parameters: [
            ParameterDeclaration(
                "appendonly", .boolean, "Whether every write goes to the append-only file.",
                default: .boolean(false)),
            ParameterDeclaration(
                "appendfsync", .choice(synchronizations),
                "When the append-only file is fsynced.", default: .string("everysec")),
            ParameterDeclaration(
                "save", .string,
                "When snapshots are taken, as in redis.conf: '3600 1 300 100'; none by default.",
                default: .string("")),
            ParameterDeclaration(
                "attempts", .integer(1...1_000),
                "After how many refusals a message goes to the dead list; never by default."),
            ParameterDeclaration(
                "lease", .duration,
                "How long a delivery may stay unsettled before it goes back to the queue.",
                default: .duration(.seconds(10))),
            NodeStorage.parameter,
        ])

    init(_ settings: Arguments) throws {
        appendsOnly = settings.boolean("appendonly") ?? false
        synchronization = settings.string("appendfsync") ?? "everysec"
        save = settings.string("save") ?? ""
        attempts = settings.integer("attempts").map { Int($0) }
        lease = settings.duration("lease") ?? .seconds(10)
        storage = try NodeStorage(settings: settings)
        guard lease >= .milliseconds(100), lease <= .seconds(3_600) else {
            throw SystemError(
                attempt: "read lease", reason: "a lease of \(lease) cannot be kept",
                remedy: "give between 100 ms and 1 h")
        }
        guard Self.synchronizations.contains(synchronization) else {
            throw SystemError(
                attempt: "read appendfsync", reason: "'\(synchronization)' is no such setting",
                remedy: "write one of \(Self.synchronizations.joined(separator: ", "))")
        }
        let numbers = save.split(separator: " ", omittingEmptySubsequences: false)
        let isRule = numbers.count.isMultiple(of: 2) && numbers.allSatisfy { Int($0) != nil }
        guard save.isEmpty || isRule else {
            throw SystemError(
                attempt: "read save", reason: "'\(save)' is no list of snapshot rules",
                remedy: "write pairs of seconds and changes, like '3600 1 300 100'")
        }
    }

    /// The arguments of a server on `port` that keeps its data in `directory`.
    func arguments(port: Int, directory: String) -> [String] {
        // The protected mode knows 127.0.0.1 only as a local peer, and each proxy dials from an
        // address of loopback of its own; nothing but loopback reaches a socket bound there.
        [
            "--port", "\(port)", "--bind", "127.0.0.1", "--protected-mode", "no",
            "--daemonize", "no", "--supervised", "no", "--dir", directory,
            "--appendonly", appendsOnly ? "yes" : "no", "--appendfsync", synchronization,
            "--save", save, "--logfile", "", "--loglevel", "notice",
        ]
    }
}
