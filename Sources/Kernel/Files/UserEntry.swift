import Glibc

/// What the host knows of a user (getpwuid_r(3)).
struct UserEntry {
    let name: String
    /// The number of the group that the user is in first of all.
    let group: UInt32

    /// Nil when there is no such user, or the answer could not be had.
    init?(number: UInt32) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        // The entry's text lies in the buffer.
        let answer = buffer.withUnsafeMutableBufferPointer { buffer -> (String, UInt32)? in
            guard let text = buffer.baseAddress,
                getpwuid_r(number, &entry, text, buffer.count, &found) == 0,
                found != nil, let name = entry.pw_name
            else { return nil }
            return (String(cString: name), entry.pw_gid)
        }
        guard let answer else { return nil }
        (name, group) = answer
    }
}
