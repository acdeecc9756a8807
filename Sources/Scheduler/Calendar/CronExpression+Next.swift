extension CronExpression {
    /// The first moment after `moment` at which a drill is due; nil when there is none in 40 years.
    ///
    /// An expression whose hours are a list means times of the day. Each comes once: where clocks
    /// are put forward past 02:30 it is due at the first moment after the gap, and where they show
    /// 02:30 twice it is due the first time. An expression whose hours begin with `*` means every so
    /// often, and goes on evenly: nothing is due in the gap, and the repeated hour counts again.
    public func next(after moment: Moment, in zone: Zone) -> Moment? {
        let next =
            fields.followsClock
            ? nextShown(after: moment.seconds, zone) : nextOnce(after: moment.seconds, zone)
        return next.map(Moment.init(seconds:))
    }

    private func nextOnce(after seconds: Int64, _ zone: Zone) -> Int64? {
        var wall = CivilTime(wallSeconds: seconds + zone.offset(at: seconds) + 1)
        while let time = nextTime(from: wall) {
            let moment = zone.firstMoment(showing: time)
            if moment > seconds { return moment }
            wall = CivilTime(wallSeconds: time.wallSeconds + 1)
        }
        return nil
    }

    private func nextShown(after seconds: Int64, _ zone: Zone) -> Int64? {
        var start = seconds + 1
        // Every round passes one change of the clocks, of which no zone has eight a year.
        for _ in 0..<(8 * Self.years) {
            let offset = zone.offset(at: start)
            guard let time = nextTime(from: CivilTime(wallSeconds: start + offset)) else {
                return nil
            }
            let moment = time.wallSeconds - offset
            guard let change = zone.firstChange(after: start, upTo: moment) else { return moment }
            start = change
        }
        return nil
    }

    /// February 29 is eight years from the next where a century has none; weekdays come with `*`
    /// steps, and repeat after 40 at the latest.
    private static let years = 40

    /// The first time a clock shows at or after `start` that the fields name.
    func nextTime(from start: CivilTime) -> CivilTime? {
        if matches(start.date), let second = nextSecondOfDay(from: start.secondOfDay) {
            return CivilTime(date: start.date, secondOfDay: second)
        }
        guard let first = nextSecondOfDay(from: 0) else { return nil }
        var date = CivilDate(daysSince1970: start.date.daysSince1970 + 1)
        let last = start.date.year + Self.years
        while date.year <= last {
            if fields.months & 1 << UInt64(date.month) == 0 {
                date = CivilDate(
                    year: date.month == 12 ? date.year + 1 : date.year,
                    month: date.month % 12 + 1, day: 1)
                continue
            }
            if matches(date) { return CivilTime(date: date, secondOfDay: first) }
            date = CivilDate(daysSince1970: date.daysSince1970 + 1)
        }
        return nil
    }

    private func nextSecondOfDay(from start: Int) -> Int? {
        let (hour, minute, second) = (start / 3600, start / 60 % 60, start % 60)
        if fields.hours & 1 << UInt64(hour) != 0 {
            if fields.minutes & 1 << UInt64(minute) != 0,
                let next = Self.first(in: fields.seconds, from: second)
            {
                return hour * 3600 + minute * 60 + next
            }
            if let next = Self.first(in: fields.minutes, from: minute + 1) {
                return hour * 3600 + next * 60 + fields.seconds.trailingZeroBitCount
            }
        }
        return Self.first(in: fields.hours, from: hour + 1).map {
            $0 * 3600 + fields.minutes.trailingZeroBitCount * 60
                + fields.seconds.trailingZeroBitCount
        }
    }

    /// The lowest value of a mask that is not below `start`.
    private static func first(in mask: UInt64, from start: Int) -> Int? {
        let rest = mask & (UInt64.max << UInt64(start))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
