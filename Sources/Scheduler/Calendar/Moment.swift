import Playbooks

/// A moment of the calendar's time: nanoseconds of CLOCK_REALTIME since 1970 in UTC.
///
/// Schedules are about calendars, so they follow the wall clock also where somebody sets it.
public struct Moment: Hashable, Comparable, Sendable, Codable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment so many seconds after 1970 in UTC; clamped to what 64 bits can hold (year 2262).
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// The whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    public static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment after a span; clamped to what 64 bits can hold.
    public static func + (moment: Moment, span: Duration) -> Moment {
        let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Moment(nanoseconds: overflow ? (span < .zero ? .min : .max) : sum)
    }

    /// The span from one moment to a later one; negative when it is earlier.
    public static func - (left: Moment, right: Moment) -> Duration {
        .nanoseconds(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds).partialValue)
    }
}
