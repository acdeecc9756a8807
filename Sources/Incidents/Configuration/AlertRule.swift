/// Which alerts go where.
public struct AlertRule: Sendable, Equatable {
    public var kinds: Set<Alert.Kind>
    /// The names of destinations.
    public var destinations: [String]
    /// Names of playbooks, in which `*` stands for any characters.
    public var playbooks: [String]

    public init(kinds: Set<Alert.Kind>, destinations: [String], playbooks: [String] = ["*"]) {
        self.kinds = kinds
        self.destinations = destinations
        self.playbooks = playbooks
    }

    func covers(_ alert: Alert) -> Bool {
        kinds.contains(alert.kind)
            && playbooks.contains { Self.matches(alert.playbook[...], $0[...]) }
    }

    /// Whether a name is one of a pattern's; linear in the name for every star.
    static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        var parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.popLast() else { return name == pattern }
        let first = parts.removeFirst()
        guard name.count >= first.count + last.count, name.hasPrefix(first), name.hasSuffix(last)
        else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
