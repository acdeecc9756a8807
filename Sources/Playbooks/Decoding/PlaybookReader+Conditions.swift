extension PlaybookReader {
    func steadyCondition(_ node: DocumentNode) -> SteadyCondition? {
        guard case .mapping(let entries) = node.content else {
            problems.add(
                "a condition of 'steady_state' must be a mapping and is \(node.kindText)",
                at: node.place)
            return nil
        }
        if entries.contains(where: { $0.key == "probe" }) {
            return probeStep(node).map(SteadyCondition.probe)
        }
        if entries.contains(where: { $0.key == "metric" }) {
            return metricCondition(node, title: "a condition of 'steady_state'")
                .map(SteadyCondition.metric)
        }
        problems.add(
            "a condition of 'steady_state' needs 'probe' or 'metric'",
            at: entries.first?.keyPlace ?? node.place,
            suggestion: entries.first.flatMap {
                Suggestion.nearest(to: $0.key, among: ["probe", "metric"])
            })
        return nil
    }

    func metricCondition(_ node: DocumentNode, title: String) -> MetricCondition? {
        guard
            let reader = MappingReader(
                node, title: title, keys: ["metric", "below", "above", "for"],
                problems: problems),
            let name = kindName(node, key: "metric", title: title)
        else { return nil }
        let metric = metric(name)
        let duration = positiveDuration(reader, "for") ?? .zero
        let below = reader["below"]
        let above = reader["above"]
        guard let bound = below ?? above, below == nil || above == nil else {
            problems.add(
                below == nil ? "\(title) needs 'below' or 'above'" : "\(title) has two bounds",
                at: reader.place(of: below == nil ? "metric" : "above"))
            return nil
        }
        guard let metric,
            let limit = value(bound, as: metric.type, called: below == nil ? "above" : "below")
        else { return nil }
        return MetricCondition(
            metric: metric.name, bound: below == nil ? .above(limit) : .below(limit),
            duration: duration, line: node.place.line)
    }

    func expectation(_ node: DocumentNode) -> Expectation? {
        guard let use = use(node, key: "check", among: vocabulary.checks, common: []) else {
            return nil
        }
        return Expectation(
            kind: use.declaration.kind, arguments: use.arguments, line: node.place.line)
    }
}
