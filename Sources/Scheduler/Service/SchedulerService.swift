public import Kernel
import Playbooks
import Synchronization

/// Runs the schedules of a store: performs what a ``SchedulerMachine`` decides.
public actor SchedulerService {
    /// What those who watch a service are told.
    public enum Notice: Sendable {
        /// An occurrence has come to its end, or never began.
        case settled(Occurrence)
        case started(OccurrenceIdentifier, drill: String)
        /// The service itself is in trouble: its store cannot be used.
        case trouble(String)
    }

    /// How often the store is asked for changes by commands and other services.
    private static let pollInterval = Duration.milliseconds(500)

    private let store: any ScheduleStore
    private let launcher: any DrillLauncher
    private let preflight: Preflight
    private let now: @Sendable () -> Moment
    private let notify: @Sendable (Notice) -> Void
    private let timer: WallTimer
    private var machine: SchedulerMachine
    private var revision: Int64?
    private var freeze: Freeze?
    /// What could not be recorded, to be tried again.
    private var unrecorded: [OccurrenceIdentifier: Occurrence] = [:]
    /// When the lease was last renewed, by CLOCK_MONOTONIC.
    private var renewed: Int64 = 0
    /// Why the lease is lost, once it is.
    private var lost: (any Error)?
    private let inbox: AsyncStream<SchedulerEvent>
    private let outbox: AsyncStream<SchedulerEvent>.Continuation
    /// Whether a tick is on its way; more would say nothing new.
    private let isTicking = Mutex(false)

    /// - Parameters:
    ///   - now: the time of the calendar.
    ///   - notify: called in the service's order; must not block.
    public init(
        store: any ScheduleStore, launcher: any DrillLauncher, preflight: Preflight,
        limits: SchedulerLimits = SchedulerLimits(), seed: UInt64 = 0,
        now: @escaping @Sendable () -> Moment = { Moment(nanoseconds: RealTimeClock.now) },
        notify: @escaping @Sendable (Notice) -> Void
    ) throws {
        self.store = store
        self.launcher = launcher
        self.preflight = preflight
        self.now = now
        self.notify = notify
        timer = try WallTimer()
        machine = SchedulerMachine(limits: limits, seed: seed)
        // Its senders are the drills, which are limited, and one tick at a time.
        (inbox, outbox) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// Runs until ``stop()`` and until every drill has ended then.
    ///
    /// Throws when the store cannot be read at the start, and when others may have taken over what
    /// this service ran: its drills have been ended then.
    public func run() async throws {
        try renew()
        try reload()
        await withDiscardingTaskGroup { group in
            let ticks = Task { await self.tick() }
            defer { ticks.cancel() }
            takeOver(&group)
            for await event in inbox {
                if case .timeReached = event {
                    isTicking.withLock { $0 = false }
                    poll(&group)
                }
                perform(machine.handle(event, at: now()), &group)
                timer.set(machine.nextWake?.nanoseconds)
                if machine.isStopped { break }
            }
        }
        if let lost { throw lost }
    }

    /// How many schedules are registered.
    public var scheduleCount: Int { machine.scheduleCount }

    /// Starts nothing any more, asks every drill to end, and lets ``run()`` return then.
    public nonisolated func stop() { outbox.yield(.stopping) }

    private nonisolated func tick() async {
        while !Task.isCancelled {
            let isNew = isTicking.withLock { isTicking in
                defer { isTicking = true }
                return !isTicking
            }
            if isNew { outbox.yield(.timeReached) }
            await timer.wait(atMost: Self.pollInterval)
        }
    }
}

extension SchedulerService {
    private typealias Drills = DiscardingTaskGroup

    /// Takes in what commands and other services have changed.
    private func poll(_ group: inout Drills) {
        do {
            if !unrecorded.isEmpty {
                try store.record(Array(unrecorded.values))
                unrecorded = [:]
            }
            try renew()
            try reload()
        } catch {
            notify(.trouble("\(error)"))
            fence(error)
            return
        }
        takeOver(&group)
    }

    private func renew() throws {
        let asked = MonotonicClock.now
        try store.renew(at: now())
        renewed = asked
    }

    /// Ends everything before others take it over: they would run beside it what may run once.
    private func fence(_ error: any Error) {
        guard let lease = store.lease, lost == nil,
            MonotonicClock.now - renewed > lease.nanoseconds / 2
        else { return }
        lost = error
        stop()
    }

    private func reload() throws {
        let now = now()
        var changed = machine
        // One reference, or every change would copy all that are registered.
        machine = SchedulerMachine()
        defer { machine = changed }
        revision = try store.readChanges(since: revision) { change in
            switch change {
            case .put(let stored):
                _ = changed.handle(
                    .loaded(stored.schedule, watermark: stored.watermark), at: now)
            case .removed(let name): _ = changed.handle(.removed(name), at: now)
            }
        }
        let standing = try store.freeze()
        if standing != freeze { _ = changed.handle(.froze(standing), at: now) }
        freeze = standing
    }

    private func takeOver(_ group: inout Drills) {
        do {
            var leftovers = try store.takeOver(at: now())
            for index in leftovers.aborted.indices where leftovers.aborted[index].drill == nil {
                let identifier = leftovers.aborted[index].identifier
                leftovers.aborted[index].drill = launcher.drill(of: identifier)
            }
            if !leftovers.aborted.isEmpty {
                try store.record(leftovers.aborted)
                perform(machine.handle(.foundAborted(leftovers.aborted), at: now()), &group)
            }
            if !leftovers.waiting.isEmpty {
                // Its schedule may be newer than the last look.
                try reload()
                perform(machine.handle(.foundWaiting(leftovers.waiting), at: now()), &group)
            }
        } catch {
            notify(.trouble("\(error)"))
        }
    }

    private func perform(_ actions: [SchedulerAction], _ group: inout Drills) {
        var failed: [OccurrenceIdentifier: String] = [:]
        for action in actions {
            switch action {
            case .claim(let claims): claim(claims)
            case .record(let occurrences):
                do {
                    try store.record(occurrences)
                    for occurrence in occurrences { unrecorded[occurrence.identifier] = nil }
                } catch {
                    notify(.trouble("\(error)"))
                    for occurrence in occurrences {
                        failed[occurrence.identifier] = "\(error)"
                        unrecorded[occurrence.identifier] = occurrence
                    }
                }
            case .look(let identifiers):
                outbox.yield(.looked(identifiers, objection: preflight.objection()))
            case .start(let identifier, let rules):
                if let reason = failed[identifier] {
                    outbox.yield(.ended(identifier, .broken(reason)))
                } else {
                    start(identifier, rules, &group)
                }
            case .stop(let identifier): launcher.stop(identifier)
            case .announce(let occurrence): notify(.settled(occurrence))
            }
        }
    }

    private func claim(_ claims: [Claim]) {
        do {
            let accepted = try store.claim(claims)
            outbox.yield(.claimed(accepted))
            guard accepted.count < claims.count else { return }
            let names = Set(accepted.map(\.schedule))
            // Another service, or a command, came first: what is true is in the store.
            for claim in claims where !names.contains(claim.schedule) {
                if let stored = try store.schedule(claim.schedule) {
                    outbox.yield(.loaded(stored.schedule, watermark: stored.watermark))
                } else {
                    outbox.yield(.removed(claim.schedule))
                }
            }
        } catch {
            notify(.trouble("\(error)"))
            outbox.yield(.claimFailed(claims))
        }
    }

    private func start(
        _ identifier: OccurrenceIdentifier, _ rules: ScheduleRules, _ group: inout Drills
    ) {
        let (launcher, outbox, notify) = (launcher, outbox, notify)
        group.addTask {
            let end = await launcher.run(identifier, rules) { drill in
                outbox.yield(.started(identifier, drill: drill))
                notify(.started(identifier, drill: drill))
            }
            outbox.yield(.ended(identifier, end))
        }
    }
}
