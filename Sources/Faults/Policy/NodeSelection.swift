import Playbooks
import Records
import Systems

/// Finds the nodes of a testbed that a selector means.
struct NodeSelection {
    var selector: Selector
    var seed: UInt64
    /// Keeps the choices of several faults apart.
    var stream: String

    /// The nodes that fit, cut down to what `pick` says by a seeded choice, in the order of names.
    func nodes(among all: [NodeState]) throws -> [NodeState] {
        let fitting = all.filter(fits).sorted { $0.name < $1.name }
        guard !fitting.isEmpty else {
            let there = all.map { "\($0.name) (\($0.role.rawValue))" }.joined(separator: ", ")
            throw FaultError(
                attempted: "resolve the selector", object: text,
                reason: "no node fits; there are: \(there.isEmpty ? "none" : there)",
                remedy: "name a role or a node that exists when the step begins")
        }
        return try picked(fitting)
    }

    /// Cuts candidates down to what `pick` says; the same seed makes the same choice.
    func picked<Element>(_ candidates: [Element]) throws -> [Element] {
        let count = selector.pick.count(of: candidates.count)
        guard count <= candidates.count, count > 0 else {
            throw FaultError(
                attempted: "resolve the selector", object: text,
                reason: "\(count) are to be picked, and \(candidates.count) fit")
        }
        var generator = SeededGenerator(seed: seed, stream: stream)
        let chosen = candidates.indices.shuffled(using: &generator).prefix(count).sorted()
        return chosen.map { candidates[$0] }
    }

    private func fits(_ node: NodeState) -> Bool {
        if let name = selector.node { return node.name == name }
        if let role = selector.role { return node.role.rawValue == role || role == "any" }
        // A selector with neither means the nodes of the queue itself.
        return node.role != .arbiter
    }

    var text: String { Self.text(of: selector) }

    /// `role primary, pick one`, for people.
    static func text(of selector: Selector?) -> String {
        guard let selector else { return "no selector" }
        var parts: [String] = []
        if let role = selector.role { parts.append("role \(role)") }
        if let node = selector.node { parts.append("node \(node)") }
        if let link = selector.link { parts.append("link \(link.source) to \(link.destination)") }
        if let file = selector.pidFile { parts.append("pid file \(file)") }
        if let port = selector.listeningPort { parts.append("listening on port \(port)") }
        if let command = selector.commandLine { parts.append("command line /\(command)/") }
        if let packets = selector.packets { parts.append("interface \(packets.interface)") }
        if let path = selector.path { parts.append("path \(path)") }
        if let path = selector.controlGroup { parts.append("cgroup \(path)") }
        if let unit = selector.unit { parts.append("unit \(unit)") }
        if let container = selector.container { parts.append("container \(container)") }
        // Of links and packets none is picked.
        if selector.link == nil, selector.packets == nil {
            parts.append("pick \(word(for: selector.pick))")
        }
        return parts.joined(separator: ", ")
    }

    private static func word(for pick: Selector.Pick) -> String {
        switch pick {
        case .one: "one"
        case .all: "all"
        case .count(let count): "\(count)"
        case .majority: "majority"
        case .minority: "minority"
        case .share(let ratio): DurationText.number(ratio.fraction * 100) + " %"
        }
    }
}
