/// What people add to a drill's report for an incident review.
public struct ReviewDetails: Sendable, Equatable {
    /// The incident's name, as `INC-123`.
    public var incident: String?
    public var severity: String
    /// Who closes the findings.
    public var owner: String
    public var ticket: String
    public var dueDate: String
    /// When the drill is to be run again.
    public var retestDate: String

    public init(
        incident: String? = nil, severity: String = "", owner: String = "", ticket: String = "",
        dueDate: String = "", retestDate: String = ""
    ) {
        self.incident = incident
        self.severity = severity
        self.owner = owner
        self.ticket = ticket
        self.dueDate = dueDate
        self.retestDate = retestDate
    }

    /// In the order of ``Finding/columns``.
    var cells: [String] { [severity, owner, ticket, dueDate, retestDate] }
}
