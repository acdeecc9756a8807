public import Records
public import Undo

/// How a host stands towards a drill that is about to begin: orders, earlier drills, other drills.
public struct HostState: Sendable {
    /// What of it allows or refuses a drill.
    public var decisions: [Plan.PlannedLimit] = []
    /// The other drills, and what they have of the host.
    public var others: [OtherDrill] = []

    public init() {}

    /// Looks, and changes nothing.
    ///
    /// - Parameters:
    ///   - stateDirectory: where the drill's undo records would lie.
    ///   - others: where else the same user's records may lie.
    ///   - drill: the drill that asks, when it is one already.
    public init(
        stateDirectory: String, others: [String] = [], haltOrders: HaltOrders,
        register: DrillRegister = .host, drill: String? = nil
    ) {
        self.others = register.others(besides: drill)
        let order = haltOrders.inForce()
        decide(
            "halt", order.map { "drills are \($0.order.text); \($0.remedy)" },
            "no order stands")
        do {
            let unsettled = try ([stateDirectory] + others)
                .flatMap { try Reversion.unsettledDrills(in: $0) }.first
            decide(
                "earlier drills",
                unsettled.map {
                    "the earlier drill \($0.drill) left undo records open: "
                        + $0.reasons.joined(separator: "; ") + "; " + $0.remedy
                }, "all of them are undone")
        } catch {
            decide("state directory", "\(error)", "")
        }
    }

    private mutating func decide(_ rule: String, _ refusal: String?, _ allowance: String) {
        decisions.append(
            Plan.PlannedLimit(
                rule: rule, isAllowed: refusal == nil, reason: refusal ?? allowance))
    }
}
