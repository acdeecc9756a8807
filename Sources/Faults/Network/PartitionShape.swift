import Records

/// One end of a testbed that does not hear another one.
struct Separation: Hashable, Sendable {
    var sender: String
    var receiver: String
}

/// The forms that a partition among nodes may have; pure and seeded.
///
/// The forms and their names are Jepsen's (jepsen.nemesis).
enum PartitionShape: String, CaseIterable, Sendable {
    /// The primary alone against all others.
    case isolatePrimary = "isolate-primary"
    /// One node alone, chosen by the seed.
    case isolateOne = "isolate-one"
    /// Two halves, the smaller one first.
    case halves
    /// Two halves that do not hear each other, and one node that both hear.
    case bridge
    /// Every node hears a majority and is heard by it, and no two nodes the same one.
    case majoritiesRing = "majorities-ring"

    /// Whether it has two sides, so that it can be in one direction only.
    var hasSides: Bool {
        switch self {
        case .isolatePrimary, .isolateOne, .halves: true
        case .bridge, .majoritiesRing: false
        }
    }

    /// The fewest nodes that can have this form.
    ///
    /// On a ring of three a majority is both neighbours' own: a node that does not hear one of them
    /// can hold no conversation with it, and is left with less than a majority.
    var fewestNodes: Int {
        switch self {
        case .isolatePrimary, .isolateOne, .halves: 2
        case .bridge: 3
        case .majoritiesRing: 4
        }
    }

    /// Both sides of a form that has two; throws ``FaultError`` when the nodes cannot have it.
    func sides(
        nodes: [String], primary: String?, generator: inout SeededGenerator
    ) throws -> (from: [String], to: [String]) {
        try check(nodes)
        let first: [String]
        switch self {
        case .isolatePrimary:
            guard let primary else {
                throw FaultError(
                    attempted: "partition the nodes", object: rawValue,
                    reason: "no node is primary now", remedy: "wait until the service is steady")
            }
            first = [primary]
        case .isolateOne:
            first = Array(nodes.shuffled(using: &generator).prefix(1))
        default:
            first = Array(nodes.shuffled(using: &generator).prefix(nodes.count / 2)).sorted()
        }
        return (first, nodes.filter { !first.contains($0) })
    }

    /// Who does not hear whom, both ways; throws ``FaultError`` when the nodes cannot have the form.
    func separations(
        nodes: [String], primary: String?, generator: inout SeededGenerator
    ) throws -> Set<Separation> {
        try check(nodes)
        switch self {
        case .isolatePrimary, .isolateOne, .halves:
            let (from, to) = try sides(nodes: nodes, primary: primary, generator: &generator)
            return Self.between(from, to)
        case .bridge:
            let rest = nodes.shuffled(using: &generator).dropFirst()
            return Self.between(
                Array(rest.prefix(rest.count / 2)), Array(rest.dropFirst(rest.count / 2)))
        case .majoritiesRing:
            return Self.ring(nodes.shuffled(using: &generator))
        }
    }

    /// Everyone on one side hears no one on the other, both ways.
    static func between(_ from: [String], _ to: [String]) -> Set<Separation> {
        Set(
            from.flatMap { one in
                to.flatMap { other in
                    [
                        Separation(sender: one, receiver: other),
                        Separation(sender: other, receiver: one),
                    ]
                }
            })
    }

    /// Each node hears the majority whose middle it is on a ring, and is heard by the same nodes.
    ///
    /// A majority of an even size has no middle: one node more is heard then.
    private static func ring(_ ring: [String]) -> Set<Separation> {
        let majority = (ring.count / 2 + 1) | 1
        return Set(
            ring.indices.flatMap { start in
                let heard = (0..<majority).map { ring[(start + $0) % ring.count] }
                return ring.filter { !heard.contains($0) }
                    .map { Separation(sender: $0, receiver: heard[majority / 2]) }
            })
    }

    private func check(_ nodes: [String]) throws {
        guard nodes.count >= fewestNodes else { throw tooFew(nodes: nodes.count) }
    }

    /// Why so many nodes cannot have this form.
    func tooFew(nodes count: Int) -> FaultError {
        var reason = "it takes \(fewestNodes) nodes, and there are \(count)"
        if self == .majoritiesRing {
            reason += ": none of them would keep a majority that it hears and is heard by"
        }
        return FaultError(
            attempted: "partition the nodes", object: rawValue, reason: reason,
            remedy: "run more nodes, or choose another shape")
    }
}
