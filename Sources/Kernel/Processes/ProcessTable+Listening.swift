import Glibc

extension ProcessTable {
    /// The processes that hold a listening TCP socket on this port, in this network namespace.
    ///
    /// Found through `/proc/net/tcp`, `/proc/net/tcp6` and the descriptors of every process. Throws
    /// when the socket tables cannot be read. A process whose descriptors this user may not see is
    /// not found: that needs root.
    public static func listening(onPort port: Int) throws(KernelError) -> [ProcessIdentity] {
        var inodes: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            switch SmallFile.read(table) {
            case .success(let bytes):
                let text = String(decoding: bytes, as: UTF8.self)
                inodes.formUnion(listeningInodes(in: text, port: port))
            // A kernel without IPv6 has no second table.
            case .failure(let error) where error.number == ENOENT: continue
            case .failure(let error): throw error
            }
        }
        guard !inodes.isEmpty else { return [] }
        let links = Set(inodes.map { "socket:[\($0)]" })
        return all().filter { holds(links, pid: $0.pid) && identity(of: $0.pid) == $0 }
    }

    /// The socket inodes of one table whose local port matches and whose state is LISTEN (0A).
    static func listeningInodes(in table: String, port: Int) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A",
                let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return String(fields[9])
        }
    }

    private static func holds(_ links: Set<String>, pid: Int32) -> Bool {
        descriptorLinks(of: pid).contains { links.contains($0) }
    }

    /// What the descriptors of a process lead to, the beginning of longer paths.
    private static func descriptorLinks(of pid: Int32) -> some Sequence<String> {
        let directory = "/proc/\(pid)/fd"
        return namesInDirectory(directory).lazy.compactMap { name -> String? in
            var buffer = [CChar](repeating: 0, count: 64)
            let length = readlink("\(directory)/\(name)", &buffer, buffer.count)
            guard length > 0 else { return nil }
            return String(
                decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The inodes of the sockets that a process holds (proc(5), `/proc/PID/fd`).
    ///
    /// Empty when it has none, is gone, or may not be looked at.
    public static func socketInodes(of pid: Int32) -> Set<UInt32> {
        Set(
            descriptorLinks(of: pid).compactMap { link in
                guard link.hasPrefix("socket:["), link.hasSuffix("]") else { return nil }
                return UInt32(link.dropFirst(8).dropLast())
            })
    }
}
