import Playbooks

/// What makes a schedule due.
public enum Trigger: Hashable, Sendable, Codable {
    /// Times of the calendar.
    case cron(CronExpression)
    /// Every so often since `anchor`, in time that has passed, whatever clocks show.
    case every(Duration, anchor: Moment)
    /// Once.
    case at(Moment)

    /// The shortest time between two drills that ``every(_:anchor:)`` may ask for.
    public static let shortestInterval = Duration.seconds(1)

    /// The first moment after `moment` at which a drill is due; nil when there is none any more.
    public func next(after moment: Moment, in zone: Zone) -> Moment? {
        switch self {
        case .cron(let expression): return expression.next(after: moment, in: zone)
        case .at(let once): return once > moment ? once : nil
        case .every(let interval, let anchor):
            let step = max(interval, Self.shortestInterval)
            guard moment >= anchor else { return anchor }
            let passed = (moment - anchor).nanoseconds / step.nanoseconds
            return anchor + step * Int(passed + 1)
        }
    }

    /// As it was written: `cron 0 10 * * MON`, `every 6 h`, `at 2026-11-21T10:15:00Z`.
    public var text: String {
        switch self {
        case .cron(let expression): "cron \(expression)"
        case .every(let interval, _): "every \(interval.text)"
        case .at(let moment): "at \(moment.iso8601)"
        }
    }
}
