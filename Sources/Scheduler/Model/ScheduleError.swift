/// Something about schedules that could not be done.
public struct ScheduleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was attempted: `read the cron expression`.
    public var attempted: String
    /// On what: `61 * * * *`.
    public var object: String
    public var reason: String
    /// What a person can do about it; empty when nothing is known.
    public var remedy: String

    public init(attempted: String, object: String, reason: String, remedy: String = "") {
        self.attempted = attempted
        self.object = object
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String {
        "could not \(attempted) '\(object)': \(reason)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
