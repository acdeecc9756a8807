import Playbooks
import Records

/// The attempts of single messages over time, each wait thick where the policy is exceeded.
struct AttemptChart {
    let examples: [Records.Operation]
    let policy: RetryPolicy?
    private let width = 440.0
    private let left = 76.0
    private let right = 428.0
    private let rowHeight = 24.0

    init(_ examples: [Records.Operation], policy: RetryPolicy?) {
        self.examples = examples
        self.policy = policy
    }

    func draw() -> Markup {
        let end = examples.map { span($0) }.max() ?? 1
        let scale = LinearScale(domain: 0...max(end, 1e-3), start: left, end: right)
        let bottom = 14 + Double(examples.count) * rowHeight
        let rows = examples.enumerated().markup {
            row($0.element, top: 14 + Double($0.offset) * rowHeight, scale)
        }
        let ticks = Ticks.times(until: end, limit: 5).markup { tick in
            let x = scale(tick)
            return """
                <path class="grid" d="M\(x) 10V\(bottom)"/>\
                \(ChartText.text(
                    Ticks.label(tick, end: end), x: x, y: bottom + 15, anchor: .middle,
                    style: "tick"))
                """
        }
        let most = examples.first?.attempts.count ?? 0
        let words = "The \(examples.count) messages with the most attempts, up to \(most) each."
        return """
            <svg class="chart" role="img" viewBox="0 0 \(width) \(bottom + 38)" \
            aria-labelledby="attempt-title attempt-text"><title id="attempt-title">Attempts of \
            single messages</title><desc id="attempt-text">\(words)</desc>\(ticks)\(rows)\
            \(ChartText.text(
                "time since the intended send", x: (left + right) / 2, y: bottom + 32,
                anchor: .middle, style: "soft"))</svg>
            """
    }

    private func span(_ operation: Records.Operation) -> Double {
        ((operation.attempts.last?.ended ?? operation.ended) - operation.intended).seconds
    }

    private func row(
        _ operation: Records.Operation, top: Double, _ scale: LinearScale
    ) -> Markup {
        let middle = top + rowHeight / 2
        var content = ChartText.text(
            operation.message?.description ?? "", x: 0, y: middle + 4, style: "row")
        content += "<path class=\"rail\" d=\"M\(left) \(middle)H\(right)\"/>"
        let retries = Dictionary(
            uniqueKeysWithValues: operation.retryWaits.map { ($0.attempt, $0) })
        for (index, attempt) in operation.attempts.prefix(40).enumerated() {
            if index > 0 {
                let from = operation.attempts[index - 1].ended
                let isLate = retries[index].map(isLonger) ?? false
                content += """
                    <path class="\(isLate ? "late" : "wait")" \
                    d="M\(scale((from - operation.intended).seconds)) \(middle)\
                    H\(scale((attempt.started - operation.intended).seconds))"/>
                    """
            }
            let x = scale((attempt.started - operation.intended).seconds)
            content += mark(attempt.outcome, x, middle)
        }
        return content
    }

    /// Whether a wait is beyond the policy's envelope, with a tenth and 25 ms for the timer.
    private func isLonger(_ wait: RetryWait) -> Bool {
        guard let policy else { return false }
        return wait.length.seconds > policy.envelope(beforeRetry: wait.retry).seconds * 1.1 + 0.025
    }

    private func mark(_ outcome: Records.Operation.Outcome, _ x: Double, _ y: Double) -> Markup {
        switch outcome {
        case .ok: "<circle class=\"try-ok\" cx=\"\(x)\" cy=\"\(y)\" r=\"4.5\"/>"
        case .failed:
            "<path class=\"try-failed\" d=\"M\(x - 3.5) \(y - 3.5)l7 7m0 -7l-7 7\"/>"
        case .indeterminate:
            "<path class=\"try-unknown\" d=\"M\(x) \(y - 5)l5 5l-5 5l-5 -5Z\"/>"
        }
    }
}
