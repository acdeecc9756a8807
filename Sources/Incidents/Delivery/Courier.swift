public import Kernel
import NIOPosix
import Playbooks
import Systems

/// Delivers what is due in an outbox.
public struct Courier: Sendable {
    /// The most destinations that are served at the same time.
    private static let maximumParallel = 8

    let outbox: Outbox
    let configuration: IncidentConfiguration
    let policy: DeliveryPolicy
    /// The wall time in nanoseconds since 1970.
    let now: @Sendable () -> Int64

    public init(
        outbox: Outbox, configuration: IncidentConfiguration, policy: DeliveryPolicy = .init(),
        now: @escaping @Sendable () -> Int64 = { RealTimeClock.now }
    ) {
        self.outbox = outbox
        self.configuration = configuration
        self.policy = policy
        self.now = now
    }

    /// Tries every delivery that is due once; returns when the next one is due, nil for never.
    ///
    /// Destinations are served side by side, the deliveries to one in their order. Does nothing
    /// while another process delivers out of the same outbox, and says so by a time in the past.
    ///
    /// - Parameter report: takes each delivery that was tried and did not arrive.
    @discardableResult
    public func deliverDue(
        report: @escaping @Sendable (OutboxEntry) -> Void = { _ in }
    ) async throws -> Int64? {
        guard let lock = try outbox.lock() else { return now() }
        defer { withExtendedLifetime(lock) {} }
        try outbox.prune(now: now())
        let due = try outbox.deliveries().filter {
            $0.state == .waiting && $0.nextAttemptAt <= now()
        }
        let groups = Dictionary(grouping: due, by: \.destination).sorted { $0.key < $1.key }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, group) in groups.enumerated() {
                if index >= Self.maximumParallel { try await tasks.next() }
                tasks.addTask {
                    for delivery in group.value where !Task.isCancelled {
                        try await attempt(delivery, report)
                    }
                }
            }
            try await tasks.waitForAll()
        }
        return try outbox.deliveries().filter { $0.state == .waiting }.map(\.nextAttemptAt).min()
    }

    /// Delivers what waits for these keys until all of it is settled, or time is over.
    public func deliver(keys: Set<String>, within bound: Duration) async throws -> [OutboxEntry] {
        let end = now() &+ bound.nanoseconds
        while true {
            let next = try await deliverDue()
            let mine = try outbox.deliveries().filter { keys.contains($0.notice.key) }
            guard mine.contains(where: { $0.state == .waiting }), now() < end else { return mine }
            let wait = min(end, max(next ?? end, now() &+ 50_000_000)) - now()
            try await Task.sleep(for: .nanoseconds(max(1, wait)))
        }
    }

    private func attempt(
        _ waiting: OutboxEntry, _ report: @Sendable (OutboxEntry) -> Void
    ) async throws {
        // On disk first: an attempt that a crash cuts off may have arrived.
        let delivery = policy.begun(waiting, now: now())
        try outbox.write(delivery)
        let result: DeliveryResult
        do throws(IncidentError) {
            result = try await send(delivery)
        } catch {
            result = .postponed(reason: error.description, after: nil)
        }
        guard !Task.isCancelled else { return }
        let settled = policy.settled(delivery, result, now: now())
        try outbox.write(settled)
        if settled.state != .delivered { report(settled) }
    }

    private func send(_ delivery: OutboxEntry) async throws(IncidentError) -> DeliveryResult {
        guard
            let destination = configuration.destinations.first(where: {
                $0.name == delivery.destination
            })
        else {
            return .refused(reason: "no destination is called '\(delivery.destination)' any more")
        }
        if case .directory(let path) = destination.kind { return try store(delivery.notice, path) }
        let message = MessageRequest(
            destination: destination, notice: delivery.notice,
            secret: try destination.secret?.read() ?? "")
        let sender: RequestSender
        do {
            sender = try RequestSender(
                authorities: destination.authorities, patience: policy.patience)
        } catch {
            throw IncidentError("send to '\(destination.name)'", reason: "\(error)")
        }
        let result = await sender.perform(message, delivery, now: now)
        await sender.close()
        return result
    }

    private func store(_ notice: Notice, _ path: String) throws(IncidentError) -> DeliveryResult {
        if let attachment = notice.attachment {
            try DurableFile.replace(
                attachment.name, in: path, with: try outbox.archive(of: notice), mode: 0o640)
        } else {
            let time = UniversalTime.compact(notice.occurredAt)
            try DurableFile.replace(
                "\(time)-\(notice.type)-\(notice.key.prefix(8)).md", in: path,
                with: Array(notice.markdown.utf8), mode: 0o640)
        }
        return .delivered
    }
}
