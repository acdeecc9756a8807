/// Reads the parts of a playbook from its document; one file an extension.
///
/// Every method reports what is wrong and reads on, so that one run tells all mistakes. A nil or a
/// left-out part in an answer always has a report beside it.
struct PlaybookReader {
    let vocabulary: Vocabulary
    let problems: ProblemCollector

    /// Reads a whole playbook; the answer counts only when nothing was reported.
    func playbook(_ root: DocumentNode, name expected: String?) -> Playbook? {
        guard
            let reader = MappingReader(
                root, title: "the playbook", keys: Grammar.topLevel.map(\.key),
                problems: problems)
        else { return nil }
        let name = name(reader, expected: expected)
        let steadyState = conditions(reader["steady_state"], title: "'steady_state'") {
            steadyCondition($0)
        }
        var steps = StepCount()
        let playbook = Playbook(
            name: name,
            title: text(reader["title"], called: "title") ?? name,
            hypothesis: hypothesis(reader),
            tags: tags(reader["tags"]),
            seed: seed(reader["seed"]),
            target: target(reader["target"]),
            workload: workload(reader["workload"]),
            timing: timing(reader["timing"]),
            steadyState: steadyState,
            method: conditions(reader["method"], title: "'method'") { step($0, count: &steps) },
            expectations: conditions(reader["expect"], title: "'expect'") { expectation($0) },
            abortConditions: conditions(reader["abort_when"], title: "'abort_when'") {
                metricCondition($0, title: "a condition of 'abort_when'")
            },
            limits: limits(reader["limits"]))
        CrossChecks(playbook: playbook, reader: reader, problems: problems).run()
        return Names.makeUnique(playbook, problems: problems)
    }

    private func name(_ reader: MappingReader, expected: String?) -> String {
        guard let node = reader["playbook"] else {
            problems.add("the key 'playbook' is missing", at: reader.place)
            return expected ?? ""
        }
        guard let name = text(node, called: "playbook") else { return "" }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        if !isPlain || name.isEmpty || name.hasPrefix(".") || name.utf8.count > 100 {
            problems.add(
                "'playbook' is '\(name.shortened)', but may have letters, digits, '-', '_' and '.',"
                    + " at most 100, and no '.' in front", at: node.place)
        } else if let expected, expected != name {
            problems.add(
                "'playbook' is '\(name)', but the file's name says '\(expected.shortened)'",
                at: node.place)
        }
        return name
    }

    private func hypothesis(_ reader: MappingReader) -> String {
        guard let node = reader["hypothesis"] else {
            problems.add("the key 'hypothesis' is missing", at: reader.place)
            return ""
        }
        return text(node, called: "hypothesis") ?? ""
    }

    private func tags(_ node: DocumentNode?) -> [String] {
        guard let node, let value = value(node, as: .list(.string), called: "tags") else {
            return []
        }
        return Arguments(["tags": value]).strings("tags") ?? []
    }

    private func seed(_ node: DocumentNode?) -> UInt64? {
        guard let node else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, let seed = UInt64(text) else {
            problems.add(
                "'seed' must be a whole number from 0 to \(UInt64.max) and is \(node.kindText)",
                at: node.place)
            return nil
        }
        return seed
    }

    private func text(_ node: DocumentNode?, called name: String) -> String? {
        guard let node, case .string(let text) = value(node, as: .string, called: name) else {
            return nil
        }
        return text
    }

    /// Reads a sequence of entries; an entry that cannot be read is left out after its report.
    func conditions<Element>(
        _ node: DocumentNode?, title: String, _ read: (DocumentNode) -> Element?
    ) -> [Element] {
        guard let node else { return [] }
        guard case .sequence(let elements) = node.content else {
            problems.add("\(title) must be a list and is \(node.kindText)", at: node.place)
            return []
        }
        return elements.compactMap(read)
    }
}
