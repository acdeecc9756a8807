import Playbooks
import Records

extension GapAnalysis {
    /// What the gaps look like, whatever the policy says: `fixed 200 ms without jitter`.
    ///
    /// Nil when too few retries came often enough.
    var classification: String? {
        let known = groups.filter { $0.seconds.count >= Self.fewestPerRetry }
        guard let first = known.first, let last = known.last else { return nil }
        let growth =
            if known.count < 2 {
                "gaps of \(Wording.span(seconds: first.median))"
            } else if let ratio = ratio(known), ratio >= 1.25 {
                "gaps growing by \(Wording.fixed(ratio, digits: 1)) a retry from "
                    + "\(Wording.span(seconds: first.median)) to "
                    + Wording.span(seconds: last.median)
            } else {
                "fixed \(Wording.span(seconds: Quantile.median(known.map(\.median)) ?? 0))"
            }
        guard let variation else { return growth }
        // The variation of U(0, e) is 0.58, of U(e/2, e) 0.19.
        let jitter =
            switch variation {
            case ..<Self.noJitter: "without jitter"
            case ..<0.35: "with a little jitter"
            default: "with full jitter"
            }
        return "\(growth) \(jitter)"
    }

    /// The growth of the medians from one retry to the next; nil when a median is not positive.
    ///
    /// Retries whose envelope is the cap are left out: there is nothing left to grow.
    private func ratio(_ known: [Group]) -> Double? {
        let growing = known.filter { group in
            group.retry == known[0].retry
                || policy.envelope(beforeRetry: group.retry)
                    > policy.envelope(beforeRetry: group.retry - 1)
        }
        var ratios: [Double] = []
        for (group, next) in zip(growing, growing.dropFirst())
        where group.median > 0 && next.retry == group.retry + 1 {
            ratios.append(next.median / group.median)
        }
        return Quantile.median(ratios)
    }

    /// One line a retry: what was measured beside the policy.
    var lines: [String] {
        groups.map { group in
            let variation = group.variation.map { ", varying by \(Wording.percent($0))" } ?? ""
            return "retry \(group.retry + 1): \(Wording.count(group.seconds.count, "gap")), median "
                + "\(Wording.span(seconds: group.median)) "
                + "(policy \(Wording.span(seconds: policy.medianWait(group.retry)))), from "
                + "\(Wording.span(seconds: group.seconds.first ?? 0)) to "
                + "\(Wording.span(seconds: group.seconds.last ?? 0)) (policy "
                + "\(Wording.span(seconds: policy.shortest(group.retry))) to "
                + "\(Wording.span(policy.envelope(beforeRetry: group.retry))))\(variation)"
        }
    }
}
