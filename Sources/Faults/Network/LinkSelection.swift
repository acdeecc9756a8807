import Playbooks
import Records
import Systems

/// Finds the links of a testbed that a selector means.
struct LinkSelection {
    var link: Selector.Link

    /// The links as of now, in the order of their names; throws ``FaultError`` when there is none.
    func links(among all: [TestbedLink], nodes: [NodeState]) throws -> [TestbedLink] {
        let found = all.filter { candidate in
            fits(candidate.source, link.source, nodes)
                && fits(candidate.destination, link.destination, nodes)
        }
        guard !found.isEmpty else {
            let there = all.map { "\($0.source) to \($0.destination)" }.joined(separator: ", ")
            let roles = nodes.map { "\($0.name) is \($0.role.rawValue)" }.joined(separator: ", ")
            throw FaultError(
                attempted: "resolve the selector",
                object: "link \(link.source) to \(link.destination)",
                reason: "no link fits; there are: \(there.isEmpty ? "none" : there)",
                remedy: "name 'clients', a role, a node or 'all' (\(roles))")
        }
        return found.sorted { ($0.source, $0.destination) < ($1.source, $1.destination) }
    }

    private func fits(_ end: String, _ word: String, _ nodes: [NodeState]) -> Bool {
        if end == word || word == "all" { return true }
        return nodes.contains { $0.name == end && $0.role.rawValue == word }
    }
}

extension TestbedLink {
    /// `clients to a`.
    var name: String { "\(source) to \(destination)" }
}
