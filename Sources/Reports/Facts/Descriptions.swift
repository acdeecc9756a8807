import Playbooks
import Records

extension Workload {
    /// The load in one sentence.
    var sentence: String {
        let size = Format.bytes(Double(payload.bytes))
        return "\(Format.plural(producers, "producer")) at \(Format.rate(rate.perSecond)) together "
            + "(open loop, \(size) a message), \(Format.plural(consumers, "consumer")), "
            + "queue “\(queue)”, one attempt at most \(Format.duration(Nanoseconds(timeout)))."
    }
}

extension RetryPolicy {
    /// The policy in one sentence.
    var sentence: String {
        let jitter =
            switch jitter {
            case .none: "no jitter"
            case .full: "full jitter"
            case .equal: "equal jitter"
            }
        let first = Format.duration(Nanoseconds(first))
        let budget =
            budget.map { ", retries at most \(Format.percent($0.fraction)) of sends" } ?? ""
        return "waits from \(first), times \(Format.significant(factor)), capped at "
            + "\(Format.duration(Nanoseconds(cap))), \(jitter), at most "
            + "\(Format.plural(attempts, "attempt"))\(budget)"
    }
}

extension Environment {
    /// What a reader needs to compare this host with another, one line each.
    var lines: [(name: String, value: String)] {
        [
            ("Firedrill", firedrill), ("Target", target), ("Host", host), ("Kernel", kernel),
            ("Distribution", distribution),
            (
                "Machine",
                "\(Format.plural(processors, "processor")), \(Format.bytes(Double(memory)))"
            ),
            ("Privileges", privileges),
            ("Capabilities", capabilities.joined(separator: "; ")),
        ].filter { !$0.1.isEmpty }
    }
}
