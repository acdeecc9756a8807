/// A mapping of a playbook whose keys are all known; anything else was reported.
struct MappingReader {
    /// How messages call the mapping: `the workload`, `fault 'process.kill'`.
    let title: String
    let place: Place
    private let entries: [String: DocumentNode.Entry]

    /// Reads `node` as a mapping with no keys but `keys`; nil after a report that it is none.
    init?(
        _ node: DocumentNode, title: String, keys: [String], problems: ProblemCollector
    ) {
        guard case .mapping(let all) = node.content else {
            problems.add("\(title) must be a mapping and is \(node.kindText)", at: node.place)
            return nil
        }
        self.title = title
        place = node.place
        var known: [String: DocumentNode.Entry] = [:]
        for entry in all {
            guard keys.contains(entry.key) else {
                problems.add(
                    "unknown key '\(entry.key.shortened)' in \(title)", at: entry.keyPlace,
                    suggestion: Suggestion.nearest(to: entry.key, among: keys))
                continue
            }
            known[entry.key] = entry
        }
        entries = known
    }

    /// The value of a key; nil when it was left out.
    subscript(key: String) -> DocumentNode? { entries[key]?.value }

    /// Where a key stands, or the mapping when it was left out.
    func place(of key: String) -> Place { entries[key]?.keyPlace ?? place }
}
