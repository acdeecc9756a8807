import Kernel
import Records
import Synchronization
import Systems

/// The code of one process that reads the wall clock; replaced in unit tests.
protocol WallClock: Sendable {
    func skew(by offset: Duration) throws
    func restore() throws
    func isOriginal() throws -> Bool
}

extension WallClockSkew: WallClock {}

/// Another wall clock for running nodes, by the code with which they read it.
final class WallClockMeans: SkewMeans {
    static let note =
        "clock_gettime, gettimeofday and time of the node's own vDSO; not what it asks the kernel by "
        + "a system call, nor deadlines that the kernel watches, nor times of files"

    private struct State {
        var clocks: [(node: String, process: ProcessIdentity, clock: any WallClock)] = []
        var touched: Set<String> = []
    }

    let backend = "vdso"
    let note: String = WallClockMeans.note
    let clock = "clock"
    let witness = "by the node itself"
    let doubt = ": it may ask the kernel by system calls of its own"
    let period = Duration.milliseconds(200)
    let hit: [AimedObject] = []
    private let processes: [SelectedProcess]
    private let testbed: any Testbed
    private let open: @Sendable (ProcessIdentity) throws -> any WallClock
    private let state = Mutex(State())

    init(
        _ processes: [SelectedProcess], testbed: any Testbed,
        open: @escaping @Sendable (ProcessIdentity) throws -> any WallClock = {
            try WallClockSkew(of: $0)
        }
    ) {
        self.processes = processes
        self.testbed = testbed
        self.open = open
    }

    func prepare() throws {
        let clocks = try processes.map { process in
            (process.node ?? "", process.identity, try open(process.identity))
        }
        state.withLock { $0.clocks = clocks }
    }

    func skew(by offset: Duration) throws {
        for (node, _, clock) in state.withLock(\.clocks) {
            state.withLock { _ = $0.touched.insert(node) }
            try clock.skew(by: offset)
        }
    }

    /// What is in their memory is seen by their readings.
    func readBack(_ offset: Duration) {}

    func remove() throws {
        var failure: (any Error)?
        let (clocks, touched) = state.withLock { ($0.clocks, $0.touched) }
        for (node, _, clock) in clocks where touched.contains(node) {
            do {
                if try !clock.isOriginal() { try clock.restore() }
            } catch {
                // What has ended has taken its memory along.
                if !Self.isGone(error) { failure = error }
            }
        }
        if let failure { throw failure }
    }

    func look(isBrief: Bool) -> NodeRestart.Look {
        let (clocks, touched) = state.withLock { ($0.clocks, $0.touched) }
        let comparisons = clocks.filter { touched.contains($0.node) }.map { node, process, clock in
            let what = "vDSO of node \(node), \(process), byte for byte"
            do {
                let isOriginal = try clock.isOriginal()
                return Comparison(
                    what: what, before: "the kernel's",
                    after: isOriginal ? "the kernel's" : "changed", isSame: isOriginal)
            } catch {
                let isGone = Self.isGone(error)
                return Comparison(
                    what: what, before: "the kernel's",
                    after: isGone ? "gone with its process" : "\(error)", isSame: isGone)
            }
        }
        return NodeRestart.Look(
            comparisons: comparisons, isResidue: !comparisons.allSatisfy(\.isSame))
    }

    func reading(of node: String) async -> SkewReading? {
        let before = RealTimeClock.now
        guard let clock = try? await testbed.clock(of: node) else { return nil }
        return SkewReading(node: clock.wall, before: before, after: RealTimeClock.now)
    }

    private static func isGone(_ error: any Error) -> Bool {
        (error as? KernelError)?.reason == .vanished
    }
}
