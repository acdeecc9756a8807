import Playbooks
import Records

extension HTMLReport {
    static func timeline(_ facts: DrillFacts) -> Markup {
        guard facts.end > .zero else { return .empty }
        let clock = facts.clock
        let width = Format.duration(Double(facts.statistics.windows.width))
        return Elements.section(
            "timeline", "Timeline",
            note: """
                \(clock.date(.zero)) UTC, windows of \(width). Shaded: a fault is in. \
                Latency counts from the intended send time.
                """,
            """
            \(TimelineChart.draw(facts, in: .wide(end: facts.end)))\
            \(TimelineChart.draw(facts, in: .narrow(end: facts.end)))\
            \(intervals(facts))
            """)
    }

    /// The baseline beside the faults: what each of them cost.
    private static func intervals(_ facts: DrillFacts) -> Markup {
        let intervals = facts.statistics.intervals.filter { $0.attempted > 0 }
        guard !intervals.isEmpty else { return .empty }
        let rows: [[Markup]] = intervals.map { interval in
            func quantile(_ fraction: Double) -> Markup {
                "\(interval.latency.quantile(fraction).map { Format.duration($0) } ?? "–")"
            }
            return [
                "\(interval.name)", "\(Format.duration(interval.end - interval.start))",
                "\(Format.rate(interval.rate))", quantile(0.5), quantile(0.99), quantile(1),
                "\(interval.errorRate.map { Format.percent($0) } ?? "–")",
            ]
        }
        return Elements.table(
            "Enqueues by interval",
            ["While", "Time", "Acknowledged", "p50", "p99", "Max", "Error rate"], rows,
            numeric: [1, 2, 3, 4, 5, 6])
    }

    static func retries(_ facts: DrillFacts) -> Markup {
        let picture = facts.statistics.retries
        guard !picture.isEmpty else {
            guard facts.statistics.attempted > 0 else { return .empty }
            return Elements.section(
                "retries", "Retries", "<p>Every enqueue was settled by its first attempt.</p>")
        }
        let policy = facts.evidence.plan?.workload?.retry
        let note: Markup =
            policy.map { "Policy: \($0.sentence). The shaded area is what it allows." }
            ?? "The plan names no policy to compare with."
        let shares = picture.messagesByAttempts.sorted { $0.key < $1.key }.map { attempts, count in
            "\(Format.count(count)) took \(attempts)"
        }
        let redirects =
            picture.redirects == 0
            ? ""
            : " \(Format.plural(picture.redirects, "redirect")) followed at once: no retry."
        return Elements.section(
            "retries", "Retries", note: note,
            """
            <div class="pair">
            <figure>\(RetryChart(picture, policy: policy).draw())\
            <figcaption>The wait before each retry</figcaption></figure>
            <figure>\(AttemptChart(picture.examples, policy: policy).draw())\
            <figcaption>The messages with the most attempts: ✕ failed, ◇ indeterminate, \
            ● acknowledged\(policy == nil ? "" : "; thick red: longer than the policy allows")</figcaption></figure>
            </div>
            <p class="note">\(Format.count(picture.messages)) messages needed more than one attempt: \
            \(shares.joined(separator: ", ")).\(redirects)</p>
            """)
    }
}
