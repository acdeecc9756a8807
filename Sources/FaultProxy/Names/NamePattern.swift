/// Names as a playbook gives them: `db.internal`, or `*.internal` for all below it.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    private let isSuffix: Bool

    /// Nil for what is no name.
    public init?(_ text: String) {
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        isSuffix = name.hasPrefix("*.")
        let plain = isSuffix ? String(name.dropFirst(2)) : name
        let labels = plain.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7a).contains($0)
                        || $0 == 0x2d || $0 == 0x5f
                }
        }
        guard isName, plain.utf8.count <= 243 else { return nil }
        description = name
    }

    /// Whether a name in lower case, without a dot at its end, is meant.
    public func fits(_ name: String) -> Bool {
        isSuffix ? name.hasSuffix(description.dropFirst()) : name == description
    }

    /// A name that is meant.
    public var example: String {
        isSuffix ? "firedrill" + description.dropFirst() : description
    }

    /// The names that a resolver asks for in its place: a name without a dot is looked for in each
    /// of the search domains first (resolv.conf(5)).
    public func searched(in domains: [String]) -> [NamePattern] {
        guard !isSuffix, !description.contains(".") else { return [self] }
        return [self] + domains.compactMap { NamePattern("\(description).\($0)") }
    }
}
