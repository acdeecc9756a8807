import Glibc

/// Looks both ways before drills begin; the steady state is each drill's own to look at.
public struct Preflight: Sendable {
    /// A file that is there while there is an incident; nil looks for none.
    public var incidentFlag: String?
    /// The order that halts all drills, in words; nil when there is none.
    public var halted: @Sendable () -> String?

    public init(incidentFlag: String?, halted: @escaping @Sendable () -> String?) {
        self.incidentFlag = incidentFlag
        self.halted = halted
    }

    /// What speaks against starting drills now; nil when nothing does.
    public func objection() -> String? {
        if let order = halted() { return order }
        guard let incidentFlag else { return nil }
        var status = stat()
        guard stat(incidentFlag, &status) != 0 else {
            return "there is an incident: \(incidentFlag) is there"
        }
        // A flag that cannot be looked at might be there.
        return errno == ENOENT
            ? nil : "\(incidentFlag) cannot be looked at: \(String(cString: strerror(errno)))"
    }
}
