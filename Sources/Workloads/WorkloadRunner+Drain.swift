import Playbooks
public import Records
public import Systems

extension WorkloadRunner {
    /// Ends producing and consumes until every acknowledged message is accounted for.
    ///
    /// Called while ``run()`` runs, whose consumers go on; it ends that run when it returns. Beside
    /// them one more consumer asks each node for itself and follows no redirect: a copy of the queue
    /// that only a deposed primary holds must come out too. The drain ends when
    /// - every acknowledged message was delivered and every node says that its queue is empty,
    /// - or nothing was delivered for the `quiet` time and every node says so,
    /// - or `bound` is over.
    ///
    /// - Parameters:
    ///   - bound: The longest the drain may take.
    ///   - quiet: How long nothing must come before the missing are given up.
    ///   - depth: Asks one node how much is in its queue; it must answer or throw within a bound.
    public func drain(
        atMost bound: Duration, quiet: Duration = .seconds(3),
        depth: @escaping @Sendable (_ node: String) async throws -> QueueDepth
    ) async -> DrainReport {
        stopProducing()
        let began = context.now()
        let ended = RunControl()
        return await withTaskGroup(of: Void.self) { group in
            for node in context.nodes {
                group.addTask { [context] in
                    let consumer = Consumer(
                        name: "drain", context: context, nodes: [node], lanes: 1,
                        recordsFailures: false)
                    await consumer.run { ended.isStopped }
                }
            }
            let report = await watch(
                since: began, bound: Nanoseconds(bound), quiet: Nanoseconds(quiet), depth: depth)
            ended.stop()
            stop()
            // A reserve that is being held open would keep the drain for another second.
            group.cancelAll()
            return report
        }
    }

    private func watch(
        since began: DrillTime, bound: Nanoseconds, quiet: Nanoseconds,
        depth: @escaping @Sendable (_ node: String) async throws -> QueueDepth
    ) async -> DrainReport {
        var depths: [String: QueueDepth] = [:]
        while true {
            let now = context.now()
            let isSettled = counts.inFlight == 0
            let sinceDelivery = now - max(tracker.lastDelivery ?? began, began)
            let isQuiet = sinceDelivery > quiet || sinceDelivery == quiet
            let isOver = now - began > bound || Task.isCancelled
            if isOver || (isSettled && (tracker.awaited == 0 || isQuiet)) {
                depths = await ask(depth)
                let isEmpty =
                    depths.count == context.nodes.count
                    && depths.values.allSatisfy {
                        $0.ready + $0.delayed + $0.leased == 0
                    }
                if isOver || isEmpty {
                    return DrainReport(
                        isDrained: isEmpty && isSettled, isOutOfTime: isOver,
                        undelivered: tracker.awaited, depths: depths,
                        took: context.now() - began)
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func ask(
        _ depth: @escaping @Sendable (_ node: String) async throws -> QueueDepth
    ) async -> [String: QueueDepth] {
        await withTaskGroup(of: (String, QueueDepth?).self) { group in
            for node in context.nodes {
                group.addTask { (node, try? await depth(node)) }
            }
            var depths: [String: QueueDepth] = [:]
            for await (node, answer) in group { depths[node] = answer }
            return depths
        }
    }
}

/// How a drain ended.
public struct DrainReport: Sendable, Equatable {
    /// Whether every node was asked and every queue was empty, with nothing more in flight.
    public var isDrained: Bool
    /// Whether it ended because its bound was over, or because it was cancelled.
    public var isOutOfTime: Bool
    /// The acknowledged messages that had not been delivered by then.
    public var undelivered: Int
    /// What each node that answered last said of its queue.
    public var depths: [String: QueueDepth]
    public var took: Nanoseconds

    public init(
        isDrained: Bool, isOutOfTime: Bool, undelivered: Int, depths: [String: QueueDepth],
        took: Nanoseconds
    ) {
        self.isDrained = isDrained
        self.isOutOfTime = isOutOfTime
        self.undelivered = undelivered
        self.depths = depths
        self.took = took
    }
}
