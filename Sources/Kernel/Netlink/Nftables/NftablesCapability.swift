private import CNetlink
import Glibc

/// Whether the kernel filters packets by nf_tables for us, and why not.
public struct NftablesCapability: Sendable, Hashable {
    public var isPresent: Bool
    /// One sentence for a report.
    public var reason: String

    /// Asks the kernel for its tables; changes nothing.
    public static func probe(namespace: Int32? = nil) -> NftablesCapability {
        do {
            let socket = try NetlinkSocket(.netfilter, namespace: namespace)
            let message = try NetlinkMessage.nftables(
                NFT_MSG_GETTABLE.rawValue, family: NftablesTable.inet)
            _ = try socket.dump(message, object: "nf_tables")
            return NftablesCapability(isPresent: true, reason: "the kernel lists its tables")
        } catch {
            return NftablesCapability(failure: error)
        }
    }

    init(isPresent: Bool, reason: String) {
        self.isPresent = isPresent
        self.reason = reason
    }

    /// Judges what asking for the tables failed with.
    init(failure: KernelError) {
        isPresent = false
        reason =
            switch failure.number {
            case EPERM, EACCES: "asking the kernel needs CAP_NET_ADMIN: run as root"
            case EOPNOTSUPP, EINVAL, EPROTONOSUPPORT: "the kernel has no nf_tables"
            default: "\(failure)"
            }
    }
}
