import Glibc

/// What the host knows of a group of users (getgrgid_r(3)).
struct GroupEntry {
    let name: String
    /// Who is in it beside those whose first group it is.
    let members: [String]

    /// Nil when there is no such group, or the answer could not be had.
    init?(number: UInt32) {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        // The entry's texts lie in the buffer.
        let answer = buffer.withUnsafeMutableBufferPointer { buffer -> (String, [String])? in
            guard let text = buffer.baseAddress,
                getgrgid_r(number, &entry, text, buffer.count, &found) == 0,
                found != nil, let name = entry.gr_name
            else { return nil }
            var members: [String] = []
            var next = entry.gr_mem
            while let member = next?.pointee {
                members.append(String(cString: member))
                next = next?.advanced(by: 1)
            }
            return (String(cString: name), members)
        }
        guard let answer else { return nil }
        (name, members) = answer
    }
}
