import Glibc

extension ProcessTable {
    /// The process whose number is the first word of a file; nil when there is none.
    public static func named(byFile path: String) -> ProcessIdentity? {
        guard case .success(let number?) = number(inFile: path) else { return nil }
        return identity(of: number)
    }

    /// The process number that is the first word of a file; nil when that is none.
    public static func number(inFile path: String) -> Result<Int32?, KernelError> {
        SmallFile.read(path, limit: 4096).map { bytes in
            String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
                .flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
        }
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
