/// A node that holds every message that was ever acknowledged, as the lease store knows it.
///
/// A name alone would not do: the node of that name may have lost its disk since, or have been put
/// back from an old copy of it.
struct EligibleNode: Sendable, Hashable {
    var name: String
    /// The identity that the node's store got when it was made.
    var store: String
    /// How far the store has certainly got.
    var position: CommitPosition

    /// Whether this is still the node that asks, with everything it had.
    func admits(_ request: LeaseRequest) -> Bool {
        name == request.node && store == request.store && request.position >= position
    }

    var document: JSONValue {
        [
            "name": .string(name), "store": .string(store),
            "index": .integer(position.index), "epoch": .integer(position.epoch),
        ]
    }

    init(name: String, store: String, position: CommitPosition) {
        self.name = name
        self.store = store
        self.position = position
    }

    init(_ reader: RequestReader) throws(Problem) {
        name = try reader.text("name", maximumBytes: 64)
        store = try reader.text("store", maximumBytes: 64)
        position = try reader.position()
    }

    /// Reads a list of them.
    static func list(_ value: JSONValue?) throws(Problem) -> [EligibleNode] {
        var nodes: [EligibleNode] = []
        for element in value?.array ?? [] {
            nodes.append(try EligibleNode(try RequestReader(object: element)))
        }
        guard nodes.count <= 16 else { throw .badRequest("'eligible' is at most 16 nodes") }
        return nodes
    }
}

extension RequestReader {
    /// A place in the history of commits.
    func position() throws(Problem) -> CommitPosition {
        CommitPosition(
            index: try integer("index", in: -1...Int64.max) ?? 0,
            epoch: try integer("epoch", in: -1...Int64.max) ?? 0)
    }
}
