/// A moment of a drill: nanoseconds of CLOCK_MONOTONIC since the drill's start.
///
/// The wall time of the start is kept once, in ``DrillHeader``; every other time is relative to it,
/// so that a step of the wall clock in mid-drill falsifies nothing.
public struct DrillTime: Hashable, Comparable, Sendable, Codable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static let zero = DrillTime(nanoseconds: 0)

    /// Seconds since the start, for display and arithmetic.
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }

    public static func < (left: DrillTime, right: DrillTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    public static func - (left: DrillTime, right: DrillTime) -> Nanoseconds {
        Nanoseconds(left.nanoseconds - right.nanoseconds)
    }

    public static func + (time: DrillTime, span: Nanoseconds) -> DrillTime {
        DrillTime(nanoseconds: time.nanoseconds + span.count)
    }
}
