import Glibc

extension ProcessTable {
    /// The process whose number is the first word of a file; nil when there is none.
    public static func named(byFile path: String) -> ProcessIdentity? {
        firstWord(ofFile: path).flatMap { Int32($0) }.flatMap { $0 > 0 ? identity(of: $0) : nil }
    }

    /// The first word of a file, empty where it has none; nil when it cannot be read.
    ///
    /// Waits for nobody, whatever the file is.
    public static func firstWord(ofFile path: String) -> String? {
        SmallFile.text(path).map {
            $0.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        }
    }

    /// The processes whose command line, its arguments joined by spaces, is one that is meant; never
    /// this one or what it was started from, which may have the words for it on theirs.
    public static func withCommandLine(where isMeant: (String) -> Bool) -> [ProcessIdentity] {
        let own = Set(ancestors(of: getpid()) + [getpid()])
        return all().filter { identity in
            guard !own.contains(identity.pid), let arguments = commandLine(of: identity.pid),
                !arguments.isEmpty
            else { return false }
            return isMeant(arguments.joined(separator: " "))
        }
    }
}
