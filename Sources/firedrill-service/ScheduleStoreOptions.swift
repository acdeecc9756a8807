import ArgumentParser
import Foundation
import Glibc
import Kernel
import Scheduler

/// Which store of schedules a command speaks of.
struct ScheduleStoreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Directory of the schedules (default: below $FIREDRILL_STATE, or the user's own).")
    var schedules: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A PostgreSQL database that several services share (default: $FIREDRILL_DATABASE).",
            discussion: "Give a password in ~/.pgpass, not here.",
            valueName: "postgresql://..."))
    var database: String?

    func directory() throws -> ScheduleDirectory {
        try ScheduleDirectory(
            schedules
                ?? ScheduleDirectory.standardPath(environment: ProcessInfo.processInfo.environment))
    }

    func open(lease: Duration = .seconds(15)) throws -> any ScheduleStore {
        let named = ProcessInfo.processInfo.environment["FIREDRILL_DATABASE"] ?? ""
        if let address = database ?? (named.isEmpty ? nil : named) {
            return try PostgresScheduleStore(address, owner: Self.owner, lease: lease)
        }
        return try SQLiteScheduleStore(try directory(), owner: Self.owner)
    }

    /// A name that no other process has had, on this host or another.
    static let owner = "\(ProcessInfo.processInfo.hostName)-\(RealTimeClock.now)-\(getpid())"

    static var now: Moment { Moment(nanoseconds: RealTimeClock.now) }

    /// The schedule of a name; throws when there is none.
    func find(_ name: String, in store: any ScheduleStore) throws -> StoredSchedule {
        guard let stored = try store.schedule(name) else { throw Self.unknown(name) }
        return stored
    }

    static func unknown(_ name: String) -> ValidationError {
        ValidationError("there is no schedule '\(name)': 'firedrill schedule list' shows all")
    }
}
