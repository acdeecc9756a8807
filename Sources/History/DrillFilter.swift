public import Records

/// Which drills are asked for; what is nil does not matter.
public struct DrillFilter: Sendable, Equatable {
    /// A way in which a drill can have ended.
    public enum Ending: Sendable, Equatable {
        case outcome(Outcome)
        /// Ended, and did not pass.
        case notPassed
        /// Runs still, or was killed.
        case none
    }

    public var playbook: String?
    public var target: String?
    public var host: String?
    public var tag: String?
    /// Part of the title, the identifier or the reason.
    public var text: String?
    public var ending: Ending?
    /// Nanoseconds since 1970: started then or later.
    public var since: Int64?
    /// Nanoseconds since 1970: started before.
    public var before: Int64?

    public init(
        playbook: String? = nil, target: String? = nil, host: String? = nil, tag: String? = nil,
        text: String? = nil, ending: Ending? = nil, since: Int64? = nil, before: Int64? = nil
    ) {
        self.playbook = playbook
        self.target = target
        self.host = host
        self.tag = tag
        self.text = text
        self.ending = ending
        self.since = since
        self.before = before
    }
}
