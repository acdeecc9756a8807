extension NetworkInterface {
    /// The interfaces that default routes lead over, and those that carry them, in the calling
    /// thread's namespace: the ports of a bridge, what a VLAN or a tunnel runs over.
    ///
    /// All tables count, and routes that come to everything together. Loopback, over which the
    /// kernel leads what it refuses, is left out.
    public static var ofDefaultRoutes: Set<String> {
        (try? HostRoutes.read())?.names ?? ofMainTable
    }

    /// The interfaces of the plain default routes alone (proc(5)), where netlink does not answer.
    private static var ofMainTable: Set<String> {
        let v4 = SmallFile.text("/proc/thread-self/net/route").map(defaultInterfaces(v4:)) ?? []
        let v6 =
            SmallFile.text("/proc/thread-self/net/ipv6_route").map(defaultInterfaces(v6:)) ?? []
        return v4.union(v6).subtracting(["lo"])
    }

    /// Reads `Iface Destination Gateway Flags RefCnt Use Metric Mask ...`.
    static func defaultInterfaces(v4 table: String) -> Set<String> {
        Set(
            table.split(separator: "\n").dropFirst().compactMap { line in
                let fields = line.split { $0 == "\t" || $0 == " " }
                guard fields.count > 7, fields[1].allSatisfy({ $0 == "0" }),
                    fields[7].allSatisfy({ $0 == "0" })
                else { return nil }
                return String(fields[0])
            })
    }

    /// Reads `destination prefix source prefix next metric references uses flags interface`.
    static func defaultInterfaces(v6 table: String) -> Set<String> {
        Set(
            table.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: " ")
                guard fields.count == 10, fields[1] == "00", fields[0].allSatisfy({ $0 == "0" })
                else { return nil }
                return String(fields[9])
            })
    }
}
