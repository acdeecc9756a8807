private import CNetlink
import Glibc
import Synchronization

/// A table of nf_tables whose life is bound to a socket of this process (`flags owner`, Linux 5.12).
///
/// The kernel deletes it when the socket closes: with ``close()``, or with the process, however it
/// dies. Nobody else can change it, and `nft flush ruleset` leaves it alone. It is put in whole or
/// not at all, by one batch. Needs CAP_NET_ADMIN in its network namespace.
public final class NftablesTable: Sendable {
    public let name: String
    public let chains: [NftablesChain]
    private let family: UInt8
    private let socket: Mutex<NetlinkSocket?>

    /// Puts the table in, in the calling thread's network namespace or the given one.
    ///
    /// All chains are of one kind: either at the hooks of all interfaces, or at those of single
    /// ones. Throws when the name is taken, and when a rule would not do what it says.
    public init(
        name: String, chains: [NftablesChain], namespace: Int32? = nil
    ) throws(KernelError) {
        self.name = name
        self.chains = chains
        family = try Self.family(of: chains, table: name)
        let rules = chains.flatMap(\.rules)
        if let objection = rules.lazy.compactMap(\.objection).first {
            throw KernelError(
                call: "add rule", object: "table \(name)", reason: .refused(objection))
        }
        for interface in chains.compactMap(\.hook.interface) {
            try Self.checkPresence(of: interface, namespace: namespace)
        }
        let socket = try NetlinkSocket(.netfilter, namespace: namespace)
        do {
            try socket.perform(Self.batch(name, chains, family))
        } catch {
            throw Self.explained(error, table: name)
        }
        self.socket = Mutex(socket)
    }

    /// Reads the table back: one sentence for each rule that is not in the kernel as asked.
    public func differences() throws(KernelError) -> [String] {
        let found: [[[NftablesExpression]]]
        do {
            found = try dump()
        } catch {
            guard error.number == ENOENT else { throw error }
            return ["the table \(name) is missing"]
        }
        return zip(chains, found).flatMap { chain, rules in
            Self.differences(in: chain, found: rules)
        }
    }

    /// How many packets fitted each rule, by chain.
    public func counts() throws(KernelError) -> [[PacketCount]] {
        try dump().map { rules in
            rules.map { $0.lazy.compactMap(\.count).first ?? PacketCount(packets: 0, bytes: 0) }
        }
    }

    /// Takes the table out and closes the socket; safe to call twice.
    ///
    /// A child between its fork and its exec holds a copy of the socket for a moment. To close ours
    /// would leave the table until then, so it is deleted first; what fails goes with the socket.
    public func close() {
        socket.withLock { socket in
            if let deletion = try? Self.deletion(of: name, family) {
                try? socket?.perform(deletion)
            }
            socket = nil
        }
    }

    /// Whether a table of this name is in the kernel, among those of all interfaces or of single ones.
    public static func exists(
        name: String, namespace: Int32? = nil
    ) throws(KernelError) -> Bool {
        let socket = try NetlinkSocket(.netfilter, namespace: namespace)
        for family in [inet, netdev] {
            let message = try NetlinkMessage.nftables(
                NFT_MSG_GETTABLE.rawValue, family: family)
            try message.put(Int(NFTA_TABLE_NAME.rawValue), name)
            do throws(KernelError) {
                try socket.request(message, object: "table \(name)")
                return true
            } catch  where error.number == ENOENT {
                continue
            }
        }
        return false
    }

    static let inet = UInt8(NFPROTO_INET)
    static let netdev = UInt8(NFPROTO_NETDEV)

    static func batch(
        _ name: String, _ chains: [NftablesChain], _ family: UInt8
    ) throws(KernelError) -> NetlinkBatch {
        var batch = NetlinkBatch()
        let table = try NetlinkMessage.nftables(
            NFT_MSG_NEWTABLE.rawValue, family: family, flags: NLM_F_CREATE | NLM_F_EXCL)
        try table.put(Int(NFTA_TABLE_NAME.rawValue), name)
        try table.put(
            Int(NFTA_TABLE_FLAGS.rawValue),
            nativeBytes(UInt32(NFT_TABLE_F_OWNER.rawValue).bigEndian))
        batch.add(table, object: "table \(name)")
        for chain in chains {
            batch.add(
                try chain.message(family: family, table: name),
                object: "chain \(chain.name) of table \(name)")
            for (index, rule) in chain.rules.enumerated() {
                batch.add(
                    try chain.message(family: family, table: name, rule: rule),
                    object: "rule \(index + 1) in chain \(chain.name) of table \(name)")
            }
        }
        return batch
    }

    private static func deletion(
        of name: String, _ family: UInt8
    ) throws(KernelError) -> NetlinkBatch {
        var batch = NetlinkBatch()
        let table = try NetlinkMessage.nftables(
            NFT_MSG_DELTABLE.rawValue, family: family, flags: 0)
        try table.put(Int(NFTA_TABLE_NAME.rawValue), name)
        batch.add(table, object: "table \(name)")
        return batch
    }

    private func dump() throws(KernelError) -> [[[NftablesExpression]]] {
        try socket.withLock { socket throws(KernelError) in
            var found: [[[NftablesExpression]]] = []
            for chain in chains {
                let request = try chain.ruleDump(family: family, table: name)
                guard let payloads = try socket?.dump(request, object: "table \(name)") else {
                    throw KernelError(
                        call: "dump", object: "table \(name)", reason: .errno(ENOENT))
                }
                found.append(payloads.map { NftablesChain.expressions(ofRule: $0) })
            }
            return found
        }
    }

    static func differences(
        in chain: NftablesChain, found: [[NftablesExpression]]
    ) -> [String] {
        var differences: [String] = []
        if chain.rules.count != found.count {
            differences.append(
                "chain \(chain.name) has \(found.count) rules and should have "
                    + "\(chain.rules.count)")
        }
        for (index, (rule, found)) in zip(chain.rules, found).enumerated() {
            let asked = rule.expressions
            let isSame =
                asked.count == found.count
                && zip(asked, found).allSatisfy { $0.isDone(by: $1) }
            guard !isSame else { continue }
            let names = { (list: [NftablesExpression]) in list.map(\.name).joined(separator: " ") }
            differences.append(
                "rule \(index + 1) in chain \(chain.name) was asked as \(names(asked)) and is "
                    + "\(names(found)), or their values differ")
        }
        return differences
    }

    private static func family(
        of chains: [NftablesChain], table: String
    ) throws(KernelError) -> UInt8 {
        let single = chains.count { $0.hook.interface != nil }
        guard single == 0 || single == chains.count else {
            throw KernelError(
                call: "add chain", object: "table \(table)",
                reason: .refused("chains of single interfaces need a table of their own"))
        }
        return single == 0 ? inet : netdev
    }

    /// Throws when there is no such interface: Linux 6.16 would hook nothing and say nothing.
    private static func checkPresence(
        of interface: String, namespace: Int32?
    ) throws(KernelError) {
        let index = try NetworkNamespaces.inside(namespace) { Int32(if_nametoindex(interface)) }
        guard index != 0 else {
            throw KernelError(
                call: "if_nametoindex", object: interface, reason: .errno(ENODEV),
                remedy: "name an interface that exists")
        }
    }

    private static func explained(_ error: KernelError, table: String) -> KernelError {
        var error = error
        switch error.number {
        // With the right to ask at all, only a table that another socket owns answers so.
        case EPERM where error.object == "table \(table)", EEXIST:
            error.remedy = "the name is taken: another drill is at work; wait for its end"
        case EPERM: error.remedy = Capability.networkAdministration.remedy
        case EOPNOTSUPP:
            error.remedy = "the kernel has no nf_tables, or not the part this needs"
        default: break
        }
        return error
    }
}
