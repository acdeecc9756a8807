/// Messages by their number, in small tables that grow one at a time.
///
/// One large table would now and then move every message there is, for a tenth of a second when
/// they are many, while the node's lock is held. Numbers that follow each other share a small one.
struct MessageTable<Value: Sendable>: Sendable {
    private typealias Part = [MessageIdentifier: Value]

    /// Never empty ones, by the upper bits of their numbers.
    private var parts: [Int64: Part] = [:]
    /// How many messages there are.
    private(set) var count = 0

    /// Whether there is none.
    var isEmpty: Bool { count == 0 }

    /// All numbers, in ascending order.
    var sortedIdentifiers: [MessageIdentifier] {
        parts.keys.sorted().flatMap { parts[$0]?.keys.sorted() ?? [] }
    }

    /// All values, in no order.
    var values: some Sequence<Value> { parts.values.lazy.flatMap(\.values) }

    private static func part(of id: MessageIdentifier) -> Int64 { id.rawValue >> 8 }

    /// What is known of a message; nil when there is none of this number.
    subscript(id: MessageIdentifier) -> Value? { parts[Self.part(of: id)]?[id] }

    /// Changes a message in its place, if it is there.
    mutating func update(_ id: MessageIdentifier, _ change: (inout Value) -> Void) {
        let part = Self.part(of: id)
        guard let index = parts.index(forKey: part),
            let place = parts.values[index].index(forKey: id)
        else { return }
        change(&parts.values[index].values[place])
    }

    /// Puts a message in, or another in its place.
    mutating func insert(_ value: Value, for id: MessageIdentifier) {
        if parts[Self.part(of: id), default: [:]].updateValue(value, forKey: id) == nil {
            count += 1
        }
    }

    /// Takes a message out.
    mutating func remove(_ id: MessageIdentifier) -> Value? {
        let part = Self.part(of: id)
        guard let value = parts[part]?.removeValue(forKey: id) else { return nil }
        count -= 1
        if parts[part]?.isEmpty == true { parts[part] = nil }
        return value
    }
}
