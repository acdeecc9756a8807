import Glibc

/// The looking up of host names, as this host is set up to do it (nsswitch.conf(5)).
public enum NameResolution {
    /// The addresses of a host as numeric text, in the order in which to try them (RFC 6724).
    ///
    /// Blocks the calling thread for as long as resolv.conf(5) allows, usually up to half a minute,
    /// and cannot be cancelled. Throws when there is no such name, or nobody who knows.
    public static func addresses(of name: String) throws(KernelError) -> [String] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &first)
        guard code == 0 else {
            throw KernelError(
                call: "getaddrinfo", object: name,
                reason: code == EAI_SYSTEM
                    ? .errno(errno) : .refused(String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(first) }
        var addresses: [String] = []
        var next = first
        while let entry = next?.pointee {
            if let text = text(of: entry), !addresses.contains(text) { addresses.append(text) }
            next = entry.ai_next
        }
        return addresses
    }

    private static func text(of entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
