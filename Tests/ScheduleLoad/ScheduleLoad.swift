import Glibc
import Kernel
import Scheduler
import Synchronization

/// Measures what many schedules cost: `schedule-load due|fill|register COUNT DIRECTORY`.
///
/// `due` lets them all be due in the same second and says how late each drill's start was;
/// `fill` puts them into a store, and `register` opens it as a service does and says how much memory
/// that took.
@main
struct ScheduleLoad {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let count = Int(arguments[2]), count > 0 else {
            print("usage: schedule-load due|fill|register COUNT DIRECTORY")
            exit(2)
        }
        let store = try SQLiteScheduleStore(ScheduleDirectory(arguments[3]), owner: "load")
        switch arguments[1] {
        case "due": try await due(count, store)
        case "fill": try fill(count, store)
        default: try await register(store)
        }
    }

    private static var now: Moment { Moment(nanoseconds: RealTimeClock.now) }

    private static func due(_ count: Int, _ store: SQLiteScheduleStore) async throws {
        let moment = Moment(seconds: now.seconds + 5)
        let rules = ScheduleRules(playbook: "p.yaml", target: "reference", trigger: .at(moment))
        try store.put(
            (0..<count).map { Schedule(name: "schedule-\($0)", rules: rules) }, watermark: now,
            replacing: true)
        let launcher = TimedLauncher()
        let service = try makeService(store, launcher, limit: count)
        async let running: Void = service.run()
        while launcher.starts.count < count { try await Task.sleep(for: .milliseconds(50)) }
        let late = launcher.starts.map { ($0 - moment.nanoseconds) / 1000 }.sorted()
        print(
            "\(count) due in one second: start dispatched after \(late[0]) us at first, "
                + "\(late[count / 2]) us in the median, \(late[count - 1]) us at last")
        fflush(nil)
        service.stop()
        try await running
    }

    /// Schedules of every minute of the day, and as many that run every so often.
    private static func fill(_ count: Int, _ store: SQLiteScheduleStore) throws {
        let start = now
        var batch: [Schedule] = []
        for index in 0..<count {
            let trigger: Trigger =
                index.isMultiple(of: 2)
                ? .cron(try CronExpression("\(index / 2 % 60) \(index / 120 % 24) * * *"))
                : .every(.seconds(3600), anchor: start + .seconds(index % 3600))
            let rules = ScheduleRules(
                playbook: "/etc/firedrill/playbooks/primary-kill.yaml", target: "reference",
                trigger: trigger)
            batch.append(Schedule(name: "team-\(index % 997)-schedule-\(index)", rules: rules))
            if batch.count == 50_000 || index == count - 1 {
                try store.put(batch, watermark: start, replacing: true)
                batch = []
            }
        }
        print("\(count) schedules are in the store")
    }

    private static func register(_ store: SQLiteScheduleStore) async throws {
        let before = MonotonicClock.now
        let service = try makeService(store, TimedLauncher(), limit: 1)
        async let running: Void = service.run()
        while await service.scheduleCount == 0 { try await Task.sleep(for: .milliseconds(20)) }
        let seconds = Double(MonotonicClock.now - before) / 1e9
        print(
            "\(await service.scheduleCount) schedules registered in \(seconds) s, "
                + "resident \(memory("VmRSS")), at most \(memory("VmHWM"))")
        fflush(nil)
        service.stop()
        try await running
    }

    private static func makeService(
        _ store: SQLiteScheduleStore, _ launcher: TimedLauncher, limit: Int
    ) throws -> SchedulerService {
        try SchedulerService(
            store: store, launcher: launcher,
            preflight: Preflight(incidentFlag: nil, halted: { nil }),
            limits: SchedulerLimits(host: limit, target: limit), notify: { _ in })
    }

    /// A line of /proc/self/status (proc_pid_status(5)).
    private static func memory(_ name: String) -> String {
        let bytes = (try? Descriptor.open("/proc/self/status", flags: O_RDONLY).readAll()) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix(name) }
        return line.map { $0.dropFirst(name.count + 1).filter { $0 != "\t" } } ?? "unknown"
    }
}

/// Notes when each drill would have been started, and lets none end before the service does.
private final class TimedLauncher: DrillLauncher {
    private let noted = Mutex<[Int64]>([])
    var starts: [Int64] { noted.withLock { $0 } }

    func run(
        _ identifier: OccurrenceIdentifier, _ rules: ScheduleRules,
        started: @escaping @Sendable (String) -> Void
    ) async -> DrillEnd {
        noted.withLock { $0.append(RealTimeClock.now) }
        try? await Task.sleep(for: .seconds(3))
        return .exited(0)
    }

    func stop(_ identifier: OccurrenceIdentifier) {}
    func drill(of identifier: OccurrenceIdentifier) -> String? { nil }
}
