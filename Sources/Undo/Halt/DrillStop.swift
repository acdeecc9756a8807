import Glibc
public import Kernel
public import Records

/// Stops every drill that runs: asks it to end, and makes it end when it does not.
public struct DrillStop: Sendable {
    /// What became of one drill.
    public struct Finding: Sendable, Equatable {
        public var drill: String
        public var process: ProcessIdentity
        /// From the request until its last fault was out; nil when one was not seen to come out.
        public var faultsOut: Nanoseconds?
        /// From the request until its process had ended; nil when it has not.
        public var ended: Nanoseconds?
        /// Whether it was killed, and its guardian took the faults out.
        public var wasKilled: Bool
        /// Why it could not be stopped; empty when it was.
        public var failure: String
    }

    /// How long a drill may take to get its faults out before it is killed.
    private let patience: Duration
    /// How long a drill may take after that to stop its testbed and write its report.
    private let closing: Duration
    private let reach: DrillReach
    private let drill: String?

    /// - Parameters:
    ///   - reach: where drills are looked for.
    ///   - drill: the only one to stop; nil for all.
    ///   - patience: how long a drill may take to get its faults out before it is killed.
    ///   - closing: how long it may take after that to stop its testbed and to write its report.
    public init(
        _ reach: DrillReach, drill: String? = nil, patience: Duration = .seconds(5),
        closing: Duration = .seconds(60)
    ) {
        self.reach = reach
        self.drill = drill
        self.patience = patience
        self.closing = closing
    }

    /// Stops the drills of some state directories; for those who look nowhere else.
    public init(
        directories: [String], drill: String? = nil, patience: Duration = .seconds(5),
        closing: Duration = .seconds(60)
    ) {
        self.init(
            DrillReach(directories: directories), drill: drill, patience: patience,
            closing: closing)
    }

    /// The drills that run now, as far as can be seen.
    public static func running(in reach: DrillReach) -> [String] {
        LivingDrill.all(in: reach).map(\.drill).sorted()
    }

    /// Stops them all; blocks for at most both bounds and a few seconds.
    public func run() -> [Finding] {
        let start = MonotonicClock.now
        var stops = LivingDrill.all(in: reach)
            .filter { drill == nil || $0.drill == drill }.map { Stop($0, start: start) }
        for index in stops.indices { stops[index].request() }
        while !stops.allSatisfy(\.isDone) {
            for index in stops.indices where !stops[index].isDone {
                stops[index].look(patience: patience, closing: closing)
            }
            usleep(2000)
        }
        return stops.map(\.finding)
    }

    /// One drill on its way to its end.
    private struct Stop {
        var living: LivingDrill
        let start: Int64
        var finding: Finding
        var isDone = false

        init(_ living: LivingDrill, start: Int64) {
            (self.living, self.start) = (living, start)
            finding = Finding(
                drill: living.drill, process: living.process.identity, faultsOut: nil, ended: nil,
                wasKilled: false, failure: "")
        }

        /// Asks the drill to end.
        mutating func request() { signal(SIGTERM) }

        /// Looks how far it has got, and kills it when it is late.
        mutating func look(patience: Duration, closing: Duration) {
            let elapsed = Duration.nanoseconds(MonotonicClock.now - start)
            if finding.faultsOut == nil, let open = try? living.openFaults(), open.isEmpty {
                finding.faultsOut = Nanoseconds(MonotonicClock.now - start)
            }
            if !ProcessTable.isAlive(living.process.identity) {
                finding.ended = finding.ended ?? Nanoseconds(MonotonicClock.now - start)
                // Dead, and the guardian is at it.
                isDone = finding.faultsOut != nil || elapsed > patience + .seconds(5)
                if finding.faultsOut == nil, isDone {
                    finding.failure = "a fault was not seen to come out; run firedrill revert"
                }
            } else if finding.faultsOut == nil ? elapsed > patience : elapsed > closing {
                guard finding.wasKilled else {
                    finding.wasKilled = true
                    return signal(SIGKILL)
                }
                isDone = elapsed > closing + .seconds(5)
                if isDone, finding.failure.isEmpty { finding.failure = "it cannot be killed" }
            }
        }

        private mutating func signal(_ number: Int32) {
            do {
                try living.process.signal(number)
            } catch  where error.reason == .vanished {
            } catch {
                finding.failure = "\(error)"
                isDone = true
            }
        }
    }
}
