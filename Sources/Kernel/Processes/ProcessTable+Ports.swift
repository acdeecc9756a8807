import Glibc

extension ProcessTable {
    /// The processes that serve ports: by a listening socket of TCP or a bound one of UDP, in
    /// whatever network namespace that a process lives in.
    ///
    /// A process that serves none is not in it. Throws when the socket tables of a namespace with
    /// living processes cannot be read. What this user may not see, of other users' processes, is not
    /// found: that needs root. Walks `/proc/PID/fd` of every process once.
    public static func serving(
        _ ports: Set<Int>
    ) throws(KernelError) -> [ProcessIdentity: Set<Int>] {
        guard !ports.isEmpty else { return [:] }
        let processes = all()
        var sockets: [UInt32: Int] = [:]
        for members in networks(of: processes) {
            for (inode, port) in try served(ports, inNetworkOf: members) { sockets[inode] = port }
        }
        guard !sockets.isEmpty else { return [:] }
        var found: [ProcessIdentity: Set<Int>] = [:]
        for process in processes {
            let served = Set(socketInodes(of: process.pid).compactMap { sockets[$0] })
            if !served.isEmpty, identity(of: process.pid) == process { found[process] = served }
        }
        return found
    }

    /// Processes by the network namespace they are in, this process's own first.
    private static func networks(of processes: [ProcessIdentity]) -> [[Int32]] {
        var members: [UInt64: [Int32]] = [:]
        for process in processes {
            var status = stat()
            guard stat("/proc/\(process.pid)/ns/net", &status) == 0 else { continue }
            members[UInt64(status.st_ino), default: []].append(process.pid)
        }
        return [[getpid()]] + members.values
    }

    /// The sockets of a namespace that serve ports, as seen by the first of its processes that is
    /// still there.
    private static func served(
        _ ports: Set<Int>, inNetworkOf processes: [Int32]
    ) throws(KernelError) -> [(inode: UInt32, port: Int)] {
        for process in processes {
            do throws(KernelError) {
                var found: [(inode: UInt32, port: Int)] = []
                for (table, state) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", nil), ("udp6", nil)] {
                    let path = "/proc/\(process)/net/\(table)"
                    switch SmallFile.read(path) {
                    case .success(let bytes):
                        found += sockets(
                            in: String(decoding: bytes, as: UTF8.self), state: state, ports: ports)
                    // A kernel without IPv6 has no second table; that of a process has the first.
                    case .failure(let error)
                    where error.number == ENOENT && identity(of: process) != nil:
                        continue
                    case .failure(let error): throw error
                    }
                }
                return found
            } catch {
                guard identity(of: process) == nil else { throw error }
            }
        }
        return []
    }

    /// The sockets of one table with one of these local ports and, where it is given, this state.
    static func sockets(
        in table: String, state: String?, ports: Set<Int>
    ) -> [(inode: UInt32, port: Int)] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, state.map({ fields[3] == $0 }) ?? true,
                let colon = fields[1].lastIndex(of: ":"),
                let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16),
                ports.contains(port), let inode = UInt32(fields[9])
            else { return nil }
            return (inode, port)
        }
    }
}
