import Playbooks
import Records

/// Evidence of drills that never ran, rich enough that every part of a report has something to say.
enum SyntheticDrill {
    static let start: Int64 = 1_795_228_692_000_000_000

    static let header = DrillHeader(
        identifier: "20261121T023812Z-primary-kill-4f2a91", playbook: "primary-kill",
        title: "The queue survives the loss of its primary",
        hypothesis:
            "When the primary dies under load, the standby serves within 5 s, clients retry "
            + "with backoff, and no acknowledged message is lost.",
        tags: ["failover", "weekly"], seed: 42, startedAt: start,
        command: "firedrill run playbooks/primary-kill.yaml --seed 42")

    static let plan = Plan(
        playbook: "primary-kill", seed: 42,
        steps: [
            .init(
                line: 31, kind: "network.delay", summary: "delay 100 ms ± 20 ms for 10 s",
                objects: ["link clients to primary: proxy 127.0.0.1:41871 to node a"],
                backend: "proxy",
                backendNote: "this kernel has no sch_netem; TCP only, above the socket"),
            .init(
                line: 36, kind: "wait", summary: "wait until the steady state holds, at most 30 s",
                objects: []),
            .init(
                line: 37, kind: "process.kill",
                summary: "kill with SIGKILL, restart after 10 s",
                objects: ["the primary once the testbed runs: 1 process"], backend: "pidfd"),
            .init(
                line: 42, kind: "disk.fill", summary: "fill up to 0 B free for 10 s",
                objects: ["data of the standby: tmpfs of 64 MiB"], backend: "tmpfile",
                backendNote: "unlinked ballast by O_TMPFILE and fallocate"),
        ],
        limits: [
            .init(rule: "processes ≤ 2", isAllowed: true, reason: "1 process is hit"),
            .init(rule: "disk ≤ 256 MiB", isAllowed: true, reason: "64 MiB at most"),
        ],
        testbed: [
            "refqueue node a (primary)", "refqueue node b (standby)", "arbiter", "2 fault proxies",
            "2 tmpfs of 64 MiB",
        ], estimatedDuration: Nanoseconds(.seconds(60)),
        workload: Workload(rate: Rate(perSecond: 400)))

    static let environment = Environment(
        host: "drill-host", kernel: "Linux 6.18.5 x86_64", distribution: "Debian GNU/Linux 12",
        processors: 2, memory: 8_245_000_000, firedrill: "firedrill 0.1.0",
        target: "refqueue 0.1.0, durability synced", privileges: "root",
        capabilities: [
            "netem: absent (qdisc kind unknown)", "tbf: present", "nft: present", "pidfd: present",
        ])

    static func passed() -> Evidence {
        let workload = SyntheticWorkload()
        return evidence(
            workload,
            verdict: verdict(
                .passed, "All 6 checks held while three faults were in; nothing was lost.",
                checks: checks(isBroken: false, lost: 0), workload))
    }

    static func failed() -> Evidence {
        let workload = SyntheticWorkload(lossEvery: 2)
        let lost = workload.lost.count
        return evidence(
            workload,
            verdict: verdict(
                .failed,
                "\(lost) acknowledged messages were lost when the primary died, and the steady state "
                    + "came back after 19.4 s, later than 15 s.",
                checks: checks(isBroken: true, lost: lost), workload))
    }

    static func aborted() -> Evidence {
        let workload = SyntheticWorkload(seconds: 1.2...37)
        var verdict = verdict(
            .aborted, "Aborted by Ctrl-C 37.0 s after the start, with one fault in.", checks: [],
            workload)
        verdict.faults.removeLast()
        verdict.faults[1].undo = .residual
        verdict.faults[1].verifiedAt = nil
        verdict.faults[1].comparisons = [
            Comparison(what: "node a", before: "running", after: "not running", isSame: false)
        ]
        verdict.ledger = nil
        verdict.abortLatency = Nanoseconds(.milliseconds(212))
        verdict.endedAt = DrillTime(37.4)
        var evidence = evidence(workload, verdict: verdict)
        evidence.events = evidence.events.filter { $0.time.seconds < 37 }
        evidence.samples = evidence.samples.filter { $0.started.seconds < 37 }
        evidence.events.append(
            Event(time: DrillTime(37.1), kind: .interrupted, message: "SIGINT: taking faults out"))
        return evidence
    }

    /// What a drill leaves that was killed while its second fault was in.
    static func crashed() -> Evidence {
        var evidence = aborted()
        evidence.verdict = nil
        return evidence
    }

    static func empty() -> Evidence {
        Evidence(header: header, playbookText: "")
    }

    private static func evidence(_ workload: SyntheticWorkload, verdict: Verdict) -> Evidence {
        Evidence(
            header: header, playbookText: playbookText, plan: plan, environment: environment,
            events: SyntheticTimeline.events, operations: workload.operations,
            samples: SyntheticTimeline.samples(), verdict: verdict)
    }

    static func verdict(
        _ outcome: Outcome, _ reason: String, checks: [CheckResult], _ workload: SyntheticWorkload
    ) -> Verdict {
        let enqueues = workload.operations.filter { $0.kind == .enqueue }
        let acknowledged = enqueues.filter { $0.outcome == .ok }
        let indeterminate = enqueues.count { $0.outcome == .indeterminate }
        return Verdict(
            outcome: outcome, reason: reason, precondition: .held,
            preconditionSentence:
                "Steady for 15 s: health 60 of 60, enqueue p99 11.4 ms below 50 ms, "
                + "error rate 0 %.",
            faults: SyntheticFaults.all, checks: checks,
            ledger: LedgerSummary(
                attempted: enqueues.count, acknowledged: acknowledged.count,
                delivered: acknowledged.count - workload.lost.count, lost: workload.lost,
                redelivered: 14, indeterminate: indeterminate, isDrained: true,
                acknowledgedBeforeFaults: acknowledged.count { $0.ended.seconds < 21.2 },
                acknowledgedAfterFaults: acknowledged.count { $0.ended.seconds > 58 }),
            endedAt: DrillTime(65))
    }

    static let playbookText = """
        playbook: primary-kill
        title: The queue survives the loss of its primary
        target: { kind: reference, nodes: 2, durability: synced, password: hunter2 }
        workload: { producers: 4, consumers: 4, rate: 400/s, payload: 256 B }
        """

    static func checks(isBroken: Bool, lost: Int) -> [CheckResult] {
        [
            CheckResult(
                check: "steady_state", status: .held,
                sentence: "The steady state held for the 15 s before the first fault.",
                figures: [Figure("p99", 11.4e6, .nanoseconds, limit: 50e6)], line: 19),
            CheckResult(
                check: "failover", status: .held,
                sentence: "Node b acknowledged its first enqueue 1.85 s after node a died; node a "
                    + "answered 409 to all 31 writes after that.",
                figures: [
                    Figure("RTO_failover", 1.852e9, .nanoseconds, limit: 5e9),
                    Figure("detection", 1.21e9, .nanoseconds),
                ], line: 50),
            CheckResult(
                check: "no_loss", status: isBroken ? .broken : .held,
                sentence: isBroken
                    ? "\(lost) of the acknowledged messages never came out."
                    : "Every one of the acknowledged messages came out.",
                figures: [Figure("lost", Double(lost), .count, limit: 0)],
                details: isBroken ? (0..<30).map { "p\($0 % 4)-\(13_500 + $0)" } : [], line: 52),
            CheckResult(
                check: "retries", status: .held,
                sentence: "1,512 waits follow first 100 ms, factor 2, cap 3 s, full jitter.",
                figures: [
                    Figure("most attempts", 7, .count, limit: 8),
                    Figure("jitter p-value", 0.42, .none),
                ], line: 53),
            CheckResult(
                check: "recovery", status: isBroken ? .broken : .held,
                sentence: isBroken
                    ? "The steady state came back 19.4 s after the last fault, later than 15 s."
                    : "The steady state came back to stay 1.25 s after the last fault.",
                figures: [
                    Figure(
                        "time to recovery", isBroken ? 19.4e9 : 1.25e9, .nanoseconds, limit: 15e9)
                ], line: 55),
            CheckResult(
                check: "health", status: .held,
                sentence: "The health endpoint told the truth; it was red 250 ms after the kill.",
                figures: [Figure("detection", 2.5e8, .nanoseconds, limit: 1e9)], line: 57),
        ]
    }
}
