import Glibc

/// Who a user's name means.
public enum UserLookup: Sendable, Equatable {
    case found(UInt32)
    /// This host has no such user.
    case absent
    /// Nobody could say: a directory service did not answer.
    case failed
}

/// The users of the host, as `/etc/passwd` lists them (passwd(5)).
///
/// The file and not getpwent(3): a directory service may have a million of them.
public enum UserTable {
    /// The users' home directories, each once; empty when the file cannot be read.
    public static var homes: [String] {
        homes(in: SmallFile.text("/etc/passwd") ?? "")
    }

    /// Looks a user up by name, or by a number that is no name (getpwnam_r(3)).
    public static func look(up name: String) -> UserLookup {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        let result = buffer.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let text = buffer.baseAddress else { return ENOMEM }
            return getpwnam_r(name, &entry, text, buffer.count, &found)
        }
        if found != nil { return .found(entry.pw_uid) }
        if let number = UInt32(name) { return .found(number) }
        // Which of these numbers means an absent user depends on the service (getpwnam(3)).
        return [0, ENOENT, ESRCH, EBADF, EPERM].contains(result) ? .absent : .failed
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
