import FoundationEssentials
import Glibc
public import Kernel
import Playbooks

/// Takes what happens to drills and sees to it that the right people hear of it.
///
/// What was told is on disk, and so is what is still to be delivered: after a crash nothing is lost,
/// and nothing is told anew.
public actor AlertRouter {
    private static let file = "alerts.json"
    /// The longest time between two looks at the outbox, which other processes fill as well.
    private static let longestRest: Duration = .seconds(30)
    private static let shortestRest: Duration = .milliseconds(100)
    private static let look: Duration = .seconds(1)

    private let configuration: IncidentConfiguration
    private let directory: String
    private let outbox: Outbox
    private let courier: Courier
    private let now: @Sendable () -> Int64
    private var machine: AlertMachine
    /// Whether something was queued since the last look at the outbox.
    private var hasNews = false

    /// Opens the state in `directory`, which is made when it is not there.
    ///
    /// - Parameter now: the wall time in nanoseconds since 1970.
    public init(
        configuration: IncidentConfiguration, directory: String, policy: DeliveryPolicy = .init(),
        now: @escaping @Sendable () -> Int64 = { RealTimeClock.now }
    ) throws(IncidentError) {
        self.configuration = configuration
        self.directory = directory
        self.now = now
        let outbox = try Outbox(directory: "\(directory)/outbox")
        self.outbox = outbox
        courier = Courier(outbox: outbox, configuration: configuration, policy: policy, now: now)
        machine = try Self.load("\(directory)/\(Self.file)")
    }

    /// Takes one occurrence; when it returns, every alert that follows from it is on disk.
    ///
    /// Returns the alerts, those that no rule sends anywhere included. When it throws, the same
    /// occurrence is to be given again; what was queued of it already is not queued twice.
    @discardableResult
    public func record(_ occurrence: DrillOccurrence) throws(IncidentError) -> [Alert] {
        var next = machine
        let alerts = next.take(occurrence, repetition: configuration.repetition)
        for alert in alerts {
            let names = configuration.rules.filter { $0.covers(alert) }.flatMap(\.destinations)
            for name in Set(names).sorted() {
                try outbox.add(alert.notice, to: name, now: now())
            }
        }
        guard next != machine else { return alerts }
        try save(next)
        machine = next
        hasNews = true
        return alerts
    }

    /// Delivers what is in the outbox until the task is cancelled.
    ///
    /// - Parameter report: takes what keeps the outbox itself from being read or written.
    public func run(report: @Sendable (any Error) -> Void = { _ in }) async {
        while !Task.isCancelled {
            hasNews = false
            var rest = Self.longestRest
            do {
                if let next = try await courier.deliverDue() {
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

    private func save(_ machine: AlertMachine) throws(IncidentError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(machine)
        } catch {
            throw IncidentError("write the state of alerts", reason: "\(error)")
        }
        try DurableFile.replace(Self.file, in: directory, with: Array(data))
    }

    private static func load(_ path: String) throws(IncidentError) -> AlertMachine {
        guard access(path, F_OK) == 0 else { return AlertMachine() }
        let bytes = try DurableFile.read(path, limit: 64 << 20)
        do {
            return try JSONDecoder().decode(AlertMachine.self, from: Data(bytes))
        } catch {
            throw IncidentError(
                "read \(path)", reason: "it is no state of alerts",
                remedy: "move it away; alerts of conditions that last are told once more")
        }
    }
}
