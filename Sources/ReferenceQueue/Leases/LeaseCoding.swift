/// Leases as JSON, between a node and the arbiter and in the arbiter's file.
extension LeaseRequest {
    var document: JSONValue {
        [
            "action": .string(action.rawValue), "node": .string(node),
            "address": .string(address), "incarnation": .string(incarnation),
            "epoch": .integer(epoch), "store": .string(store),
            "position": ["index": .integer(position.index), "epoch": .integer(position.epoch)],
            "eligible": .array(eligible.map(\.document)),
            "lease_ms": .integer(lease.nanoseconds / 1_000_000),
        ]
    }

    init(_ reader: RequestReader) throws(Problem) {
        guard let action = Action(rawValue: try reader.text("action", maximumBytes: 16)) else {
            throw .badRequest("'action' must be acquire, renew, record or release")
        }
        self.init(
            action: action, node: try reader.text("node", maximumBytes: 64),
            address: try reader.text("address", maximumBytes: 256),
            incarnation: try reader.text("incarnation", maximumBytes: 64),
            epoch: try reader.integer("epoch", in: 0...(1 << 26)) ?? 0,
            store: try reader.text("store", maximumBytes: 64),
            position: try RequestReader(object: reader.document["position"] ?? .null).position(),
            eligible: try EligibleNode.list(reader.document["eligible"]),
            lease: .milliseconds(try reader.integer("lease_ms", in: 1...3_600_000) ?? 2000))
    }
}

extension LeaseView {
    var document: JSONValue {
        [
            "granted": .boolean(granted), "epoch": .integer(epoch), "holder": .text(holder),
            "address": .text(address), "eligible": .array(eligible.map(\.document)),
        ]
    }

    init?(_ document: JSONValue) {
        guard let granted = document["granted"]?.boolean, let epoch = document["epoch"]?.integer,
            let eligible = try? EligibleNode.list(document["eligible"])
        else { return nil }
        self.init(
            granted: granted, epoch: epoch, holder: document["holder"]?.string,
            address: document["address"]?.string, eligible: eligible)
    }
}

extension ArbiterState.Record {
    var document: JSONValue {
        [
            "epoch": .integer(epoch), "holder": .text(holder),
            "incarnation": .string(incarnation), "address": .text(address),
            "eligible": .array(eligible.map(\.document)), "lease_ns": .integer(lease),
        ]
    }

    init?(_ document: JSONValue) {
        guard let epoch = document["epoch"]?.integer, let lease = document["lease_ns"]?.integer,
            let incarnation = document["incarnation"]?.string,
            let eligible = try? EligibleNode.list(document["eligible"])
        else { return nil }
        self.init(
            epoch: epoch, holder: document["holder"]?.string, incarnation: incarnation,
            address: document["address"]?.string, eligible: eligible,
            lease: lease)
    }
}
