private import CNetlink

extension NftablesTable {
    /// The tables of every family in a network namespace, as `family name`, in the kernel's order.
    ///
    /// The family is its number in linux/netfilter.h. Nil is the calling thread's namespace.
    public static func names(namespace: Int32? = nil) throws(KernelError) -> [String] {
        let socket = try NetlinkSocket(.netfilter, namespace: namespace)
        let message = try NetlinkMessage.nftables(
            NFT_MSG_GETTABLE.rawValue, family: UInt8(NFPROTO_UNSPEC))
        return try socket.dump(message, object: "nf_tables").compactMap { payload in
            let attributes = NetlinkAttributes(payload.dropFirst(4))
            guard let family = payload.first,
                let name = attributes.string(Int(NFTA_TABLE_NAME.rawValue))
            else { return nil }
            return "\(family) \(name)"
        }
    }
}
