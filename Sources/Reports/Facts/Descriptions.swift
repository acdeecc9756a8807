import Playbooks
import Records

extension Workload {
    /// The load in one sentence.
    var sentence: String {
        "\(Format.plural(producers, "producer")) at \(rate.text) together "
            + "(open loop, \(payload.text) a message), \(Format.plural(consumers, "consumer")), "
            + "queue “\(queue)”, one attempt at most \(timeout.text)."
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
        let budget =
            budget.map { ", retries at most \($0.text) of sends" } ?? ""
        return "waits from \(first.text), times \(Format.significant(factor)), capped at "
            + "\(cap.text), \(jitter), at most "
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
