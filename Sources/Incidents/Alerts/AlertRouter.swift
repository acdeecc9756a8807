import FoundationEssentials
public import Kernel
import Playbooks

/// Takes what happens to drills and sees to it that the right people hear of it.
///
/// What was told is kept durably, and so is what is still to be delivered: after a crash nothing is
/// lost, and nothing is told anew.
public actor AlertRouter {
    /// The longest time between two looks at the outbox, which other processes fill as well.
    private static let longestRest: Duration = .seconds(30)
    private static let shortestRest: Duration = .milliseconds(100)
    private static let look: Duration = .seconds(1)

    private let configuration: IncidentConfiguration
    private let memory: any AlertMemory
    private let outbox: Outbox
    private let courier: Courier
    private let now: @Sendable () -> Int64
    /// What was told, as it was last read or written, and its text.
    private var known: (text: String?, machine: AlertMachine) = (nil, AlertMachine())
    /// Whether something was queued since the last look at the outbox.
    private var hasNews = false

    /// Opens the state in `directory`, which is made when it is not there.
    ///
    /// - Parameters:
    ///   - memory: where it is kept what was told; nil keeps it in the directory.
    ///   - now: the wall time in nanoseconds since 1970.
    public init(
        configuration: IncidentConfiguration, directory: String,
        memory: (any AlertMemory)? = nil, policy: DeliveryPolicy = .init(),
        now: @escaping @Sendable () -> Int64 = { RealTimeClock.now }
    ) throws(IncidentError) {
        self.configuration = configuration
        self.now = now
        let outbox = try Outbox(directory: "\(directory)/outbox")
        self.outbox = outbox
        courier = Courier(outbox: outbox, configuration: configuration, policy: policy, now: now)
        if let memory {
            self.memory = memory
        } else {
            self.memory = try AlertFile(directory: directory)
        }
    }

    /// Takes one occurrence; when it returns, every alert that follows from it is on disk.
    ///
    /// Returns the alerts, those that no rule sends anywhere included. When it throws, the same
    /// occurrence is to be given again; what was queued of it already is not queued twice.
    @discardableResult
    public func record(_ occurrence: DrillOccurrence) throws -> [Alert] {
        var alerts: [Alert] = []
        try memory.change { text in
            let before = try machine(text)
            var next = before
            alerts = next.take(occurrence, repetition: configuration.repetition)
            for alert in alerts {
                let names = configuration.rules.filter { $0.covers(alert) }.flatMap(\.destinations)
                for name in Set(names).sorted() {
                    try outbox.add(alert.notice, to: name, now: now())
                }
            }
            guard next != before else { return text }
            let new = try Self.text(of: next)
            known = (new, next)
            hasNews = true
            return new
        }
        return alerts
    }

    /// Delivers what is in the outbox until the task is cancelled.
    ///
    /// - Parameters:
    ///   - undelivered: takes each delivery that was tried and did not arrive.
    ///   - report: takes what keeps the outbox itself from being read or written.
    public func run(
        undelivered: @escaping @Sendable (OutboxEntry) -> Void = { _ in },
        report: @Sendable (any Error) -> Void = { _ in }
    ) async {
        while !Task.isCancelled {
            hasNews = false
            var rest = Self.longestRest
            do {
                if let next = try await courier.deliverDue(report: undelivered) {
                    rest = min(rest, .nanoseconds(max(0, next - now())))
                }
            } catch {
                report(error)
            }
            // News is looked for every second: a wait that both time and news end would need a task
            // of its own.
            let end = ContinuousClock.now + max(rest, Self.shortestRest)
            repeat {
                try? await Task.sleep(for: min(Self.look, max(rest, Self.shortestRest)))
            } while !hasNews && !Task.isCancelled && .now < end
        }
    }

    private func machine(_ text: String?) throws(IncidentError) -> AlertMachine {
        if text == known.text { return known.machine }
        do {
            return try JSONDecoder().decode(AlertMachine.self, from: Data((text ?? "").utf8))
        } catch {
            throw IncidentError(
                "read what was told", reason: "it is no state of alerts",
                remedy: "remove it; alerts of conditions that last are told once more")
        }
    }

    private static func text(of machine: AlertMachine) throws(IncidentError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(machine), as: UTF8.self)
        } catch {
            throw IncidentError("write what was told", reason: "\(error)")
        }
    }
}
