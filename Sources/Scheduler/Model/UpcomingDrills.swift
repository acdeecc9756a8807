/// What is due next of some schedules, in the order of time; before jitter and without an end.
public struct UpcomingDrills: Sequence, IteratorProtocol {
    private var upcoming: [(schedule: Schedule, moment: Moment)]

    /// - Parameter moment: only what is due after it.
    public init(_ schedules: [Schedule], after moment: Moment) {
        upcoming = schedules.compactMap { schedule in
            schedule.rules.next(after: moment).map { (schedule, $0) }
        }
    }

    public mutating func next() -> (schedule: Schedule, moment: Moment)? {
        guard
            let index = upcoming.indices.min(by: {
                (upcoming[$0].moment, upcoming[$0].schedule.name)
                    < (upcoming[$1].moment, upcoming[$1].schedule.name)
            })
        else { return nil }
        let due = upcoming[index]
        if let next = due.schedule.rules.next(after: due.moment) {
            upcoming[index].moment = next
        } else {
            upcoming.remove(at: index)
        }
        return due
    }
}
