import Glibc

extension ProcessTable {
    /// The process whose number is the first word of a file; nil when there is none.
    public static func named(byFile path: String) -> ProcessIdentity? {
        SmallFile.text(path)?.split(whereSeparator: \.isWhitespace).first
            .flatMap { Int32($0) }.flatMap { $0 > 0 ? identity(of: $0) : nil }
    }

    /// The processes whose command line, its arguments joined by spaces, a regular expression fits;
    /// never this one or what it was started from, which may have the expression on theirs.
    public static func matching(_ pattern: String) -> [ProcessIdentity] {
        guard let expression = try? Regex(pattern) else { return [] }
        let own = Set(ancestors(of: getpid()) + [getpid()])
        return all().filter { identity in
            guard !own.contains(identity.pid), let arguments = commandLine(of: identity.pid),
                !arguments.isEmpty
            else { return false }
            return arguments.joined(separator: " ").contains(expression)
        }
    }
}
