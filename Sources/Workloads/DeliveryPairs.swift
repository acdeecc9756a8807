import Records

/// Pairs each message's acknowledgement with its first delivery, whichever is told first.
///
/// What is never paired (lost messages, deliveries of messages whose enqueue nobody acknowledged)
/// stays in a table of bounded size; beyond the bound new messages go unpaired.
struct DeliveryPairs: Sendable {
    static let limit = 1_000_000

    private var acknowledged: [MessageIdentifier: DrillTime] = [:]
    private var delivered: [MessageIdentifier: DrillTime] = [:]

    /// How many messages were acknowledged and not delivered so far.
    var waiting: Int { acknowledged.count }

    /// Notes an acknowledgement; the delivery's time when it came first.
    mutating func acknowledge(_ message: MessageIdentifier, at time: DrillTime) -> DrillTime? {
        if let delivery = delivered.removeValue(forKey: message) { return delivery }
        if acknowledged.count < Self.limit { acknowledged[message] = time }
        return nil
    }

    /// Notes a delivery; the acknowledgement's time when it came first.
    mutating func deliver(_ message: MessageIdentifier, at time: DrillTime) -> DrillTime? {
        if let acknowledgement = acknowledged.removeValue(forKey: message) {
            return acknowledgement
        }
        if delivered.count < Self.limit { delivered[message] = time }
        return nil
    }
}
