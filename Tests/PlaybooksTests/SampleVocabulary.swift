import Playbooks

/// A small vocabulary of the tests' own, so that they do not depend on the kinds that exist.
enum Sample {
    static let vocabulary = Vocabulary(
        systems: [
            KindDeclaration(
                kind: "reference", summary: "A replicated queue.",
                parameters: [
                    .init("nodes", .integer(1...3), "How many nodes.", default: .integer(2)),
                    .init(
                        "durability", .choice(["synced", "local"]), "When a write is answered.",
                        default: .string("synced")),
                    .init("weakness", .string, "A planted fault."),
                ])
        ],
        faults: [
            KindDeclaration(
                kind: "network.delay", summary: "Delays packets.", selector: .required,
                parameters: [
                    .init("delay", .duration, "How long.", isRequired: true),
                    .init("jitter", .duration, "How much it varies.", default: .duration(.zero)),
                ]),
            KindDeclaration(
                kind: "process.kill", summary: "Sends a signal.", selector: .required,
                parameters: [
                    .init(
                        "signal", .choice(["KILL", "TERM", "STOP"]), "Which signal.",
                        default: .string("KILL")),
                    .init("restart_after", .duration, "When the process is started again."),
                ]),
            KindDeclaration(
                kind: "disk.fill", summary: "Fills a file system.", selector: .required,
                parameters: [
                    .init(
                        "leave", .either([.byteCount, .ratio]), "What is left free.",
                        isRequired: true)
                ]),
        ],
        probes: [
            KindDeclaration(
                kind: "http", summary: "Asks over HTTP.", selector: .optional,
                parameters: [
                    .init("url", .string, "Where."),
                    .init("path", .string, "Where at the node."),
                    .init(
                        "expect",
                        .mapping([
                            .init("status", .integer(100...599), "The status."),
                            .init("within", .duration, "The longest answer time."),
                        ]), "What a healthy answer is."),
                ]),
            KindDeclaration(
                kind: "command", summary: "Runs a program.",
                parameters: [
                    .init("run", .list(.string), "The program and its arguments.", isRequired: true)
                ]),
        ],
        checks: [
            KindDeclaration(
                kind: "failover", summary: "Time to the new primary.",
                parameters: [.init("within", .duration, "The longest time.", isRequired: true)]),
            KindDeclaration(
                kind: "no_loss", summary: "No acknowledged message is lost.",
                parameters: [
                    .init(
                        "duplicates", .mapping([.init("at_most", .ratio, "The share.")]),
                        "How many may come twice.")
                ]),
            KindDeclaration(
                kind: "retries", summary: "Attempts follow the policy.",
                parameters: [
                    .init(
                        "follow", .choice(["workload.client.retry", "target.redelivery"]),
                        "Which policy.", default: .string("workload.client.retry"))
                ]),
            KindDeclaration(
                kind: "limit", summary: "A metric stays within bounds.",
                parameters: [
                    .init("metric", .string, "Which metric.", isRequired: true),
                    .init("below", .either([.duration, .ratio]), "The bound.", isRequired: true),
                    .init("strict", .boolean, "Whether one sample breaks it."),
                ]),
        ],
        metrics: [
            MetricDeclaration("enqueue.p99", .duration, "Latency."),
            MetricDeclaration("enqueue.error_rate", .ratio, "Errors."),
            MetricDeclaration("enqueue.rate", .rate, "Throughput."),
        ])

    static let decoder = PlaybookDecoder(vocabulary: vocabulary)

    /// The playbook of the language's sketch.
    static let primaryKill = """
        playbook: primary-kill                # the identifier
        title: The queue survives the loss of its primary
        hypothesis: >-
          When the primary dies under load, the standby serves within 5 s, clients retry with
          backoff, and no acknowledged message is lost.
        tags: [failover, weekly]
        seed: 42
        target:
          kind: reference
          nodes: 2
          durability: synced
        workload:
          producers: 4
          consumers: 4
          rate: 400/s
          payload: 256 B
          client:
            retry: { first: 100 ms, factor: 2, cap: 3 s, jitter: full, attempts: 8 }
        timing: { warmup: 5 s, baseline: 15 s, recovery: 60 s }
        steady_state:
          - probe: http
            name: health
            on: { role: primary }
            path: /healthz
            every: 250 ms
            expect: { status: 200, within: 300 ms }
          - metric: enqueue.p99
            below: 50 ms
          - metric: enqueue.error_rate
            below: 0.1 %
        method:
          - fault: network.delay
            on: { link: clients to primary }
            delay: 100 ms
            jitter: 20 ms
            for: 10 s
          - wait: { until: steady, at_most: 30 s }
          - fault: process.kill
            on: { role: primary, pick: one }
            signal: KILL
            restart_after: 10 s
          - parallel:
              - fault: disk.fill
                on: { role: standby, path: data }
                leave: 0 B
                for: 10 s
              - probe: command
                run: [refqueue, status, --json]
                every: 1 s
        expect:
          - check: failover
            within: 5 s
          - check: no_loss
            duplicates: { at_most: 0.1 % }
          - check: retries
            follow: workload.client.retry
          - check: limit
            metric: enqueue.p99
            below: 80 ms
        abort_when:
          - metric: enqueue.error_rate
            above: 95 %
            for: 30 s
        limits: { processes: 2, disk: 256 MiB, interfaces: [lo] }
        """

    /// A playbook without a target, with `extra` lines at its end.
    static func small(_ extra: String) -> String {
        "playbook: small\nhypothesis: It works.\n" + extra
    }

    /// A playbook with a target and a workload, with `extra` lines at its end.
    static func full(_ extra: String) -> String {
        small("target: { kind: reference }\nworkload: { rate: 10/s }\n" + extra)
    }

    /// What the decoder says against `text`, one line a problem; empty when it is content.
    static func problems(
        in text: String, name: String? = nil, overrides: [String: String] = [:],
        environment: [String: String] = [:]
    ) -> [String] {
        problems(
            in: Array(text.utf8), name: name, overrides: overrides, environment: environment)
    }

    static func problems(
        in bytes: [UInt8], name: String? = nil, overrides: [String: String] = [:],
        environment: [String: String] = [:]
    ) -> [String] {
        do throws(PlaybookProblems) {
            _ = try decoder.decode(
                bytes, file: "x.yaml", name: name, overrides: overrides, environment: environment)
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }
}
