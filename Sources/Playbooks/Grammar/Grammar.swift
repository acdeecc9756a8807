/// The fixed parts of the playbook language: keys that mean the same on every build.
///
/// The decoder and the JSON Schema are both derived from these declarations, so that they cannot
/// disagree.
enum Grammar {
    /// The word for a playbook without a testbed.
    static let noTarget = "none"
    /// The most steps in a method, those inside `parallel` included.
    static let steps = 10_000

    static let topLevel: [(key: String, summary: String)] = [
        ("playbook", "The playbook's identifier; equals the file's name without its extension."),
        ("title", "One line for lists and reports."),
        ("hypothesis", "The statement that the drill holds or breaks."),
        ("tags", "Words to select playbooks by."),
        ("seed", "The seed of every random choice; chosen by the drill when left out."),
        ("variables", "Values that '${name}' stands for, set by '--set name=value'."),
        (
            "secrets",
            "Values that '${name}' stands for and no output shows: 'env:NAME' or 'file:/PATH'."
        ),
        ("target", "The queue service under drill; left out when a playbook only asks probes."),
        ("workload", "The load on the target while it is disturbed."),
        ("timing", "How long the phases last."),
        ("steady_state", "What must hold before the first fault and again after the last."),
        ("method", "What is done, in order."),
        ("expect", "The checks that the verdict needs."),
        ("abort_when", "Conditions on which every fault is taken out and the drill ends."),
        ("limits", "The blast radius that no step may pass."),
    ]

    static let retry: [ParameterDeclaration] = {
        let policy = RetryPolicy()
        return [
            .init(
                "first", .duration, "The upper bound of the gap before the first retry.",
                default: .duration(policy.first)),
            .init(
                "factor", .number(1...100), "By what the gap grows from retry to retry.",
                default: .number(policy.factor)),
            .init("cap", .duration, "The longest gap.", default: .duration(policy.cap)),
            .init(
                "jitter", .choice(RetryPolicy.Jitter.allCases.map(\.rawValue)),
                "How the gap is drawn: none waits it in full, full waits from 0 to it, equal from"
                    + " half of it to it.", default: .string(policy.jitter.rawValue)),
            .init(
                "attempts", .integer(1...1000),
                "The most attempts for one message, the first included.",
                default: .integer(Int64(policy.attempts))),
            .init(
                "budget", .ratio,
                "The share of retries beside first attempts that a client allows itself."),
        ]
    }()

    static let workload: [ParameterDeclaration] = {
        let load = Workload()
        return [
            .init("queue", .string, "The queue that is used.", default: .string(load.queue)),
            .init(
                "producers", .integer(0...10_000), "How many clients enqueue.",
                default: .integer(Int64(load.producers))),
            .init(
                "consumers", .integer(0...10_000), "How many clients reserve and acknowledge.",
                default: .integer(Int64(load.consumers))),
            .init(
                "rate", .rate,
                "Messages a second over all producers; the send times are fixed in advance.",
                default: .rate(load.rate)),
            .init(
                "payload", .byteCount, "The size of a message's body.",
                default: .byteCount(load.payload)),
            .init(
                "poison", .ratio, "The share of messages that consumers always refuse.",
                default: .ratio(load.poison)),
            .init(
                "lease", .duration,
                "How long a consumer may hold a message before it is delivered again.",
                default: .duration(load.lease)),
            .init(
                "timeout", .duration, "The longest that one attempt may take.",
                default: .duration(load.timeout)),
            .init(
                "client",
                .mapping([
                    .init("retry", .mapping(retry), "How producers try again.")
                ]), "How clients behave."),
        ]
    }()

    static let timing: [ParameterDeclaration] = {
        let timing = Timing()
        return [
            .init(
                "warmup", .duration, "Load whose figures are not counted.",
                default: .duration(timing.warmup)),
            .init(
                "baseline", .duration,
                "Load before the first fault, from which the steady state is learnt.",
                default: .duration(timing.baseline)),
            .init(
                "recovery", .duration,
                "The longest wait, after the last fault, for the steady state to come back.",
                default: .duration(timing.recovery)),
            .init(
                "drain", .duration,
                "The longest wait for every acknowledged message to be accounted for.",
                default: .duration(timing.drain)),
        ]
    }()

    static let limits: [ParameterDeclaration] = {
        let limits = Limits()
        return [
            .init(
                "processes", .integer(0...10_000),
                "The most processes that faults may hit; 0 forbids process faults.",
                default: .integer(Int64(limits.processes))),
            .init(
                "disk", .byteCount,
                "The most disk that faults may occupy; 0 B forbids disk faults.",
                default: .byteCount(limits.disk)),
            .init(
                "cpu", .ratio,
                "The largest share of the processors' time that faults may take; 0 % forbids it.",
                default: .ratio(limits.cpu)),
            .init(
                "memory", .byteCount, "The most memory that faults may take; 0 B forbids it.",
                default: .byteCount(limits.memory)),
            .init(
                "interfaces", .list(.string),
                "The interfaces that network faults may touch: 'eth1', 'eth0 in /run/netns/NAME'.",
                default: .list([])),
            .init(
                "paths", .list(.string),
                "The file systems, each named by a path in it, that disk faults may touch beside the"
                    + " testbed's.", default: .list([])),
            .init("duration", .duration, "The longest that the drill may take."),
            .init(
                "faults", .integer(1...10_000),
                "The most faults that may be in at the same time; left out, as many as the method has."
            ),
        ]
    }()

    static let selector: [ParameterDeclaration] = [
        .init(
            "role", .choice(["primary", "standby", "arbiter", "single"]),
            "The nodes that play this part when the step begins."),
        .init("node", .string, "The node of this name."),
        .init("link", .string, "Two ends of a link: 'clients to primary'."),
        .init("path", .string, "A place in the node ('data') or an absolute path."),
        .init("pid_file", .string, "The process whose number is in this file."),
        .init(
            "port", PacketSelector.portsType,
            "The process that listens on this TCP port; with 'interface', the other side's ports:"
                + " one, a range as '7000-7010', or a list of them."),
        .init(
            "command_line", .string,
            "Processes whose arguments, joined by spaces, fit this regular expression."),
        .init("cgroup", .string, "The processes of this cgroup, by its path in the hierarchy."),
        .init("unit", .string, "The processes of this systemd unit, by its cgroup."),
        .init("interface", .string, "Packets that cross this interface of the host."),
        .init(
            "namespace", .string,
            "With 'interface': the network namespace it is in, as '/run/netns/NAME'."),
        .init(
            "to", .list(.string),
            "With 'interface': the addresses of the other side, '10.0.0.7' or 'fd00::/8'."),
        .init(
            "local_port", PacketSelector.portsType,
            "With 'interface': the ports of this host: one, a range, or a list of them."),
        .init(
            "protocol", .choice(["any"] + PacketSelector.Transport.allCases.map(\.rawValue)),
            "With 'interface': the protocol; any takes TCP and UDP where a port is named."),
        .init(
            "direction", .choice(PacketSelector.Direction.allCases.map(\.rawValue)),
            "With 'interface': which way packets cross it; egress when left out."),
        .init(
            "uid", .integer(0...4_294_967_294),
            "With 'interface': the user who owns the sending socket."),
        .init(
            "container", .string,
            "The processes of this container, by its id or at least twelve digits of it."),
        .init(
            "pick",
            .either([
                .choice(["one", "all", "majority", "minority"]), .integer(1...10_000), .ratio,
            ]),
            "How many of the objects that fit are hit; a share is rounded up.",
            default: .string("one")),
    ]
}
