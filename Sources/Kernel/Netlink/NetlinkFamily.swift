private import CNetlink

/// A part of the kernel that answers over netlink (netlink(7), linux/netlink.h).
public enum NetlinkFamily: Sendable {
    /// Interfaces and queueing (rtnetlink(7)).
    case route
    /// Sockets (sock_diag(7)).
    case sockets
    /// nf_tables and the rest of netfilter.
    case netfilter

    var number: Int32 {
        switch self {
        case .route: NETLINK_ROUTE
        case .sockets: NETLINK_SOCK_DIAG
        case .netfilter: NETLINK_NETFILTER
        }
    }

    /// `NETLINK_ROUTE`, as the kernel's headers call it.
    var name: String {
        switch self {
        case .route: "NETLINK_ROUTE"
        case .sockets: "NETLINK_SOCK_DIAG"
        case .netfilter: "NETLINK_NETFILTER"
        }
    }
}
