import Records
import Systems

/// The ends of a testbed's links, and what a playbook's words mean among them; pure.
struct PartitionGroups {
    static let clients = "clients"

    /// Every end but the clients, in the order of names.
    let nodes: [String]
    private let roles: [String: NodeRole]

    init(links: [TestbedLink], nodes: [NodeState]) {
        let ends = Set(links.flatMap { [$0.source, $0.destination] })
        self.nodes = ends.subtracting([Self.clients]).sorted()
        roles = Dictionary(nodes.map { ($0.name, $0.role) }, uniquingKeysWith: { $1 })
    }

    /// The node that is primary now, in the order of names; nil when there is none.
    var primary: String? { nodes.first { roles[$0] == .primary } }

    /// The ends that words mean: names, roles, `clients`, and `others` for all nodes of neither.
    ///
    /// Throws ``FaultError`` for a word that means nothing, and when both sides share an end.
    func sides(from: [String], to: [String]) throws -> (from: [String], to: [String]) {
        var sides = (from: try ends(from), to: try ends(to))
        let named = Set(sides.from + sides.to)
        let others = nodes.filter { !named.contains($0) }
        if from.contains(Self.others) { sides.from += others }
        if to.contains(Self.others) { sides.to += others }
        let shared = Set(sides.from).intersection(sides.to)
        guard shared.isEmpty, !sides.from.isEmpty, !sides.to.isEmpty else {
            throw FaultError(
                attempted: "resolve the groups",
                object: "from \(from.joined(separator: ", ")) to \(to.joined(separator: ", "))",
                reason: shared.isEmpty
                    ? "one side is empty" : "\(shared.sorted()[0]) is on both sides",
                remedy: hint)
        }
        return sides
    }

    private static let others = "others"

    private func ends(_ words: [String]) throws -> [String] {
        var found: [String] = []
        for word in words where word != Self.others {
            let meant =
                word == Self.clients || nodes.contains(word)
                ? [word] : nodes.filter { roles[$0]?.rawValue == word }
            guard !meant.isEmpty else {
                throw FaultError(
                    attempted: "resolve the groups", object: word, reason: "nothing is called so",
                    remedy: hint)
            }
            found += meant.filter { !found.contains($0) }
        }
        return found
    }

    private var hint: String {
        let names = nodes.map { name in
            roles[name].map { "\(name) (\($0.rawValue))" } ?? name
        }
        return "name clients, others, a role, or one of " + names.joined(separator: ", ")
    }
}
