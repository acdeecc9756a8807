public import Kernel
public import Playbooks
public import Records
public import Systems
public import Undo

/// What a fault may use of its drill.
public struct FaultContext: Sendable {
    /// Nil when the playbook's target starts nothing.
    public var testbed: (any Testbed)?
    public var undo: any UndoStack
    public var limits: Limits
    /// What the host's owner allows, whatever the limits say.
    public var policy: HostPolicy
    public var host: HostCapabilities
    /// The drill's clock: now, since the drill's start.
    public var now: @Sendable () -> DrillTime
    /// Waits; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    public var seed: UInt64
    /// Tells the drill of each transition.
    public var report: @Sendable (Event) -> Void
    /// Shared by all faults of the drill.
    public var limitsUsed: LimitsUse
    /// Processes of Firedrill beside the drill and its ancestors: the guardian and its standby.
    public var protected: [ProcessIdentity]
    /// Keeps other drills from the same resources; nil where there are no others.
    public var locks: ResourceLocks?

    public init(
        testbed: (any Testbed)?, undo: any UndoStack, limits: Limits, host: HostCapabilities,
        now: @escaping @Sendable () -> DrillTime, seed: UInt64,
        report: @escaping @Sendable (Event) -> Void, limitsUsed: LimitsUse,
        policy: HostPolicy = HostPolicy(), protected: [ProcessIdentity] = [],
        locks: ResourceLocks? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { duration in
            try await Task.sleep(for: duration)
        }
    ) {
        self.testbed = testbed
        self.undo = undo
        self.limits = limits
        self.policy = policy
        self.host = host
        self.now = now
        self.seed = seed
        self.report = report
        self.limitsUsed = limitsUsed
        self.protected = protected
        self.locks = locks
        self.sleep = sleep
    }

    /// Asks `condition` again and again until it holds or `bound` is over; returns whether it holds.
    ///
    /// Ends early when the task is cancelled.
    func wait(
        atMost bound: Duration, every period: Duration = .milliseconds(10),
        isolation: isolated (any Actor)? = #isolation, until condition: () async -> Bool
    ) async -> Bool {
        let deadline = now() + Nanoseconds(bound)
        while true {
            if await condition() { return true }
            guard now() < deadline else { return false }
            do {
                try await sleep(period)
            } catch {
                return await condition()
            }
        }
    }

    /// Looks again and again for `duration`, at its beginning and at its end at least.
    ///
    /// Ends early when the task is cancelled.
    func watch(
        for duration: Duration, every period: Duration,
        isolation: isolated (any Actor)? = #isolation, look: () -> Void
    ) async {
        let end = now() + Nanoseconds(duration)
        while !Task.isCancelled {
            look()
            let left = (end - now()).duration
            guard left > .zero else { return }
            try? await sleep(min(left, period))
        }
    }
}
