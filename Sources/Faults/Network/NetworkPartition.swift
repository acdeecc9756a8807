public import Playbooks
public import Records
public import Systems

/// Separates groups of a testbed's nodes and clients: `network.partition`.
///
/// Both ways, one way, or on the way back only: then requests are carried out, and their answers
/// are lost. Packets vanish without a word to their sender. With `on:` it separates this host, or
/// the network namespace that is named, from the addresses behind an interface.
public struct NetworkPartition: Fault {
    /// Which way nothing passes.
    enum Direction: String, CaseIterable {
        case both
        case oneWay = "one-way"
        case answers
    }

    public static let declaration = KindDeclaration(
        kind: "network.partition",
        summary: "Separates groups of nodes, so that nothing passes between them.",
        selector: .optional,
        parameters: [
            ParameterDeclaration(
                "shape", .choice(PartitionShape.allCases.map(\.rawValue)),
                "How the nodes are separated; instead of 'from' and 'to'."),
            ParameterDeclaration(
                "from", .list(.string),
                "One side: nodes, roles, 'clients', or 'others' for all nodes that are not named."),
            ParameterDeclaration(
                "to", .list(.string), "The other side.", default: .list([.string("others")])),
            ParameterDeclaration(
                "direction", .choice(Direction.allCases.map(\.rawValue)),
                "What is lost: both ways, what 'from' sends, or the answers to what 'from' asks.",
                default: .string(Direction.both.rawValue)),
            CutBackendChoice.parameter,
        ], selectsPackets: true)

    public static let backends = CutBackendChoice.backends

    public let identifier: String
    public let step: FaultStep
    private let plan: CutPlan
    /// For packets of an interface; nil for groups of the testbed.
    private let packets: PacketCutPlan?
    private let shape: PartitionShape?
    private let from: [String]
    private let to: [String]
    private let direction: Direction

    public init(step: FaultStep, identifier: String, limits: Limits) throws {
        self.step = step
        self.identifier = identifier
        plan = try CutPlan(step: step, identifier: identifier, limits: limits)
        shape = step.arguments.string("shape").flatMap(PartitionShape.init(rawValue:))
        from = step.arguments.strings("from") ?? []
        to = step.arguments.strings("to") ?? ["others"]
        direction = step.arguments.string("direction").flatMap(Direction.init) ?? .both
        packets = try Self.packets(step, identifier, limits, direction)
        guard packets == nil else {
            guard shape == nil, from.isEmpty, to == ["others"] else {
                throw step.problem(
                    "it names an interface, and groups of nodes", "leave one of them out")
            }
            return
        }
        if step.selector != nil {
            throw step.problem(
                "its 'on' names no interface",
                "say between which nodes: 'shape', or 'from' and 'to'")
        }
        if (shape == nil) == from.isEmpty {
            throw step.problem(
                "it needs either a shape or two sides",
                "say 'shape: isolate-primary', or 'from: primary' and 'to: others'")
        }
        if let shape, !shape.hasSides, direction != .both {
            throw step.problem(
                "a \(shape.rawValue) has no sides that a direction could be between",
                "leave out 'direction', or choose another shape")
        }
    }

    private static func packets(
        _ step: FaultStep, _ identifier: String, _ limits: Limits, _ direction: Direction
    ) throws -> PacketCutPlan? {
        guard let selector = step.selector?.packets else { return nil }
        guard selector.direction == .egress else {
            throw step.problem(
                "which way nothing passes is the partition's own to say",
                "write 'direction: \(Direction.allCases.map(\.rawValue).joined(separator: " | "))'"
                    + " beside 'on', not in it")
        }
        let directions: [PacketSelection.Direction] =
            switch direction {
            case .both: [.egress, .ingress]
            case .oneWay: [.egress]
            case .answers: [.ingress]
            }
        return try PacketCutPlan(
            selector, step: step, identifier: identifier, limits: limits,
            loss: direction == .answers ? .payload : .everything, directions: directions)
    }

    public func plan(
        system: (any SystemUnderTest)?, host: HostCapabilities
    ) -> Plan.PlannedStep {
        let sides = "\(from.joined(separator: ", ")) from \(to.joined(separator: ", "))"
        let way =
            switch direction {
            case .both: "both ways"
            case .oneWay: "one way"
            case .answers: "only answers are lost"
            }
        if let packets { return packets.planned(summary: "separated, \(way)", host: host) }
        var planned = plan.planned(
            summary: "\(shape?.rawValue ?? sides), \(way)",
            objects: ["links between the groups, resolved when the step begins"], host: host)
        // Beside the nodes one more end may be there, which arbitrates.
        if let shape, let names = system?.nodeNames, names.count + 1 < shape.fewestNodes {
            planned.backend = ""
            planned.backendNote = "\(shape.tooFew(nodes: names.count + 1))"
        }
        return planned
    }

    public func resolve(in context: FaultContext) async throws -> any Injector {
        if let packets { return try packets.injector(in: context) }
        let testbed = try plan.testbed(in: context)
        let groups = PartitionGroups(links: testbed.links, nodes: await testbed.nodes())
        let cuts = try cuts(of: testbed.links, groups: groups, seed: context.seed)
        guard !cuts.isEmpty else {
            let there = testbed.links.map(\.name).joined(separator: ", ")
            throw FaultError(
                attempted: "resolve the groups", object: step.name,
                reason: "no link lies between them; there are: \(there)")
        }
        return try plan.injector(
            cuts, isolated: Self.isolated(groups.nodes, links: testbed.links, cuts: cuts),
            testbed: testbed, context: context)
    }

    /// The cuts that the partition comes to, in the order of the links.
    func cuts(
        of links: [TestbedLink], groups: PartitionGroups, seed: UInt64
    ) throws -> [LinkCut] {
        var generator = SeededGenerator(seed: seed, stream: "partition \(identifier)")
        if let shape, !shape.hasSides {
            let separations = try shape.separations(
                nodes: groups.nodes, primary: groups.primary, generator: &generator)
            return Self.cuts(of: links, separations: separations)
        }
        let sides =
            try shape?.sides(
                nodes: groups.nodes, primary: groups.primary, generator: &generator)
            ?? groups.sides(from: from, to: to)
        switch direction {
        case .both:
            return Self.cuts(
                of: links, separations: PartitionShape.between(sides.from, sides.to))
        case .oneWay:
            let separations = sides.from.flatMap { sender in
                sides.to.map { Separation(sender: sender, receiver: $0) }
            }
            return Self.cuts(of: links, separations: Set(separations))
        case .answers:
            return links.filter {
                sides.from.contains($0.source) && sides.to.contains($0.destination)
            }.map { LinkCut(link: $0, loss: .replies) }
        }
    }

    /// What is lost on each link so that nobody hears whom they are separated from.
    static func cuts(of links: [TestbedLink], separations: Set<Separation>) -> [LinkCut] {
        links.compactMap { link in
            let there = Separation(sender: link.source, receiver: link.destination)
            let back = Separation(sender: link.destination, receiver: link.source)
            switch (separations.contains(there), separations.contains(back)) {
            case (true, true): return LinkCut(link: link, loss: .both)
            case (true, false): return LinkCut(link: link, loss: .requests)
            case (false, true): return LinkCut(link: link, loss: .answers)
            case (false, false): return nil
            }
        }
    }

    /// The nodes that no other node is heard by nor hears.
    static func isolated(
        _ nodes: [String], links: [TestbedLink], cuts: [LinkCut]
    ) -> [String] {
        let whole = Set(cuts.filter { $0.loss == .both }.map(\.link.name))
        return nodes.filter { node in
            let own = links.filter {
                ($0.source == node || $0.destination == node)
                    && $0.source != PartitionGroups.clients
            }
            return !own.isEmpty && own.allSatisfy { whole.contains($0.name) }
        }
    }
}
