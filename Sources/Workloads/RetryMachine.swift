import Playbooks
import Records
import Systems

/// What a client does after each answer: pure, answers in, actions out.
///
/// A redirect is followed at once, but only one between two backoffs: while a service is between
/// two primaries its nodes may point at each other, and a client that ran in that circle would burn
/// its attempts in a millisecond. Any other failure goes to the next node after the backoff; one
/// that names a Retry-After keeps to its node, which is alive and merely busy.
struct RetryMachine {
    enum Action: Equatable {
        /// Ask this node now: the answer before was a redirect to it.
        case redirect(node: String)
        /// Wait, then ask this node.
        case retry(node: String, after: Duration)
        case finish(Operation.Outcome)
    }

    private let schedule: RetrySchedule
    private let attempts: Int
    private let nodes: [String]
    private var node: String
    private var made = 0
    private var backoffs = 0
    private var wasRedirected = false
    private var isUncertain = false

    init(schedule: RetrySchedule, attempts: Int, nodes: [String], first: String) {
        self.schedule = schedule
        self.attempts = attempts
        self.nodes = nodes
        node = first
    }

    /// Decides what follows the answer to the latest attempt.
    ///
    /// - Parameter withdraw: Takes one retry out of the client's budget; false when it is empty.
    mutating func next<Value>(
        after answer: Answer<Value>, withdraw: () -> Bool
    ) -> Action {
        made += 1
        var redirect: String?
        var retryAfter: Duration?
        switch answer {
        case .ok: return .finish(.ok)
        case .indeterminate: isUncertain = true
        case .failed(_, let named, let advertised, let isFinal):
            if isFinal { return .finish(outcome) }
            redirect = named.flatMap { nodes.contains($0) && $0 != node ? $0 : nil }
            retryAfter = advertised
        }
        guard made < attempts, withdraw() else { return .finish(outcome) }
        if let redirect, !wasRedirected {
            wasRedirected = true
            node = redirect
            return .redirect(node: redirect)
        }
        guard let gap = schedule.gap(beforeRetry: backoffs, retryAfter: retryAfter) else {
            return .finish(outcome)
        }
        wasRedirected = false
        backoffs += 1
        if let redirect {
            node = redirect
        } else if retryAfter == nil {
            node = nodes.next(after: node)
        }
        return .retry(node: node, after: gap)
    }

    /// Without an ok: failed only when every attempt certainly failed.
    var outcome: Operation.Outcome { isUncertain ? .indeterminate : .failed }
}

extension [String] {
    /// The node after `node`, in a circle; `node` itself when it is no member.
    func next(after node: String) -> String {
        guard let index = firstIndex(of: node) else { return first ?? node }
        return self[(index + 1) % count]
    }
}
