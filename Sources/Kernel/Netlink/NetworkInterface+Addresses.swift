import Glibc

extension NetworkInterface {
    /// The addresses of each interface of the calling thread's namespace, in network byte order
    /// (getifaddrs(3)): four bytes for IPv4, sixteen for IPv6.
    public static func addresses() throws(KernelError) -> [String: [[UInt8]]] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else {
            throw KernelError(call: "getifaddrs", object: "interfaces", reason: .errno(errno))
        }
        defer { freeifaddrs(first) }
        var addresses: [String: [[UInt8]]] = [:]
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, let bytes = bytes(of: address) else { continue }
            addresses[String(cString: entry.ifa_name), default: []].append(bytes)
        }
        return addresses
    }

    /// The bytes of an address of IP; nil for any other.
    private static func bytes(of address: UnsafeMutablePointer<sockaddr>) -> [UInt8]? {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
            }
        default: nil
        }
    }
}
