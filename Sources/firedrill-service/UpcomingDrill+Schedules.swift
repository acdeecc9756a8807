import Kernel
import Scheduler
import Web

extension UpcomingDrill {
    /// How many the calendar shows.
    private static let shown = 50

    /// What the schedules of a store will begin next, and why something will not begin then.
    static func next(of store: any ScheduleStore) throws -> [UpcomingDrill] {
        let now = Moment(nanoseconds: RealTimeClock.now)
        let freeze = try store.freeze()
        let schedules = try store.schedules().map(\.schedule)
        return UpcomingDrills(schedules.filter { !$0.isPaused }, after: now).prefix(shown).map {
            UpcomingDrill(
                schedule: $0.schedule.name,
                playbook: OccurrenceNews.playbook(of: $0.schedule.rules.playbook),
                at: $0.moment.nanoseconds,
                note: freeze.flatMap { [moment = $0.moment] order in
                    order.isInForce(at: moment) ? order.text : nil
                } ?? "")
        }
    }
}

extension ScheduleStore {
    /// How many drills were due and did not run, of those that are remembered.
    func missed() throws -> Int {
        try occurrences(of: nil, limit: 100_000).reduce(0) {
            $0 + $1.missedBefore + ($1.state == .missed ? 1 : 0)
        }
    }
}
