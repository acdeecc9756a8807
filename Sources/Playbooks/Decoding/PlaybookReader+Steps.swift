/// How many steps were read, and whether the excess was reported.
struct StepCount {
    var steps = 0
}

extension PlaybookReader {
    private static let stepKeys = ["fault", "wait", "probe", "parallel"]

    func step(_ node: DocumentNode, count: inout StepCount) -> Step? {
        count.steps += 1
        guard count.steps <= Grammar.steps else {
            if count.steps == Grammar.steps + 1 {
                problems.add("the method has more than \(Grammar.steps) steps", at: node.place)
            }
            return nil
        }
        guard case .mapping(let entries) = node.content else {
            problems.add("a step must be a mapping and is \(node.kindText)", at: node.place)
            return nil
        }
        let given = entries.filter { Self.stepKeys.contains($0.key) }
        guard let first = given.first else {
            let first = entries.first
            problems.add(
                "a step needs one of 'fault', 'wait', 'probe' and 'parallel'",
                at: first?.keyPlace ?? node.place,
                suggestion: first.flatMap {
                    Suggestion.nearest(to: $0.key, among: Self.stepKeys)
                })
            return nil
        }
        guard given.count == 1 else {
            problems.add(
                "a step is one thing, and this is '\(first.key)' and '\(given[1].key)'",
                at: given[1].keyPlace)
            return nil
        }
        switch first.key {
        case "fault": return faultStep(node).map(Step.fault)
        case "probe": return probeStep(node).map(Step.probe)
        case "wait": return waitStep(node, first).map(Step.wait)
        default: return parallel(node, first, count: &count)
        }
    }

    private func faultStep(_ node: DocumentNode) -> FaultStep? {
        guard
            let use = use(
                node, key: "fault", among: vocabulary.faults, common: ["name", "for"])
        else { return nil }
        return FaultStep(
            kind: use.declaration.kind, name: use.name, selector: use.selector,
            arguments: use.arguments, duration: positiveDuration(use.reader, "for"),
            line: node.place.line, column: node.place.column)
    }

    func probeStep(_ node: DocumentNode) -> ProbeStep? {
        guard
            let use = use(
                node, key: "probe", among: vocabulary.probes, common: ["name", "every"])
        else { return nil }
        let every = positiveDuration(use.reader, "every")
        if let every, every < .milliseconds(1), every > .zero {
            problems.add("'every' must be at least 1 ms", at: use.reader.place(of: "every"))
        }
        return ProbeStep(
            kind: use.declaration.kind, name: use.name, selector: use.selector,
            arguments: use.arguments, every: every, line: node.place.line)
    }

    private func waitStep(_ node: DocumentNode, _ wait: DocumentNode.Entry) -> WaitStep? {
        guard MappingReader(node, title: "the wait", keys: ["wait"], problems: problems) != nil
        else { return nil }
        let line = node.place.line
        guard case .mapping = wait.value.content else {
            guard case .duration(let time) = value(wait.value, as: .duration, called: "wait")
            else { return nil }
            return WaitStep(.time(time), line: line)
        }
        let keys: [ParameterDeclaration] = [
            .init("until", .choice(["steady"]), "", isRequired: true),
            .init("at_most", .duration, "", isRequired: true),
        ]
        guard
            let reader = MappingReader(
                wait.value, title: "'wait'", keys: keys.map(\.name), problems: problems)
        else { return nil }
        return arguments(reader, keys).duration("at_most").map {
            WaitStep(.steady(atMost: $0), line: line)
        }
    }

    private func parallel(
        _ node: DocumentNode, _ entry: DocumentNode.Entry, count: inout StepCount
    ) -> Step? {
        _ = MappingReader(node, title: "the step", keys: ["parallel"], problems: problems)
        guard case .sequence(let elements) = entry.value.content, !elements.isEmpty else {
            problems.add("'parallel' needs a list of steps", at: entry.value.place)
            return nil
        }
        return .parallel(elements.compactMap { step($0, count: &count) })
    }
}
