/// The users of the host, as `/etc/passwd` lists them (passwd(5)).
///
/// The file and not getpwent(3): a directory service may have a million of them.
public enum UserTable {
    /// The users' home directories, each once; empty when the file cannot be read.
    public static var homes: [String] {
        homes(in: SmallFile.text("/etc/passwd") ?? "")
    }

    static func homes(in table: String) -> [String] {
        var found: [String] = []
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 6, fields[5].hasPrefix("/") else { continue }
            let home = String(fields[5])
            if !found.contains(home) { found.append(home) }
        }
        return found
    }
}
