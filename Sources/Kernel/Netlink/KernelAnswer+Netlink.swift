private import CNetlink
import Glibc

extension KernelAnswer {
    /// Judges the kernel's answer to a question that it refuses with `expected` when it knows it.
    init(question: String, answer: KernelError?, expected: Int32, absent: Set<Int32>) {
        let text = answer.map { error in
            error.number.map(KernelError.text(of:)) ?? "\(error.reason)"
        }
        evidence = "\(question) was answered with " + (text ?? "success")
        switch answer?.number {
        case expected?: presence = .present
        case let number? where absent.contains(number): presence = .absent
        default: presence = .unknown
        }
    }

    /// Whether the kernel knows a kind of qdisc that needs options: netem, tbf, htb.
    ///
    /// One without its options is refused as invalid by a kernel that knows it. Ask in a
    /// ``ScratchNetworkNamespace``: an occupied root answers otherwise.
    public static func qdisc(
        _ kind: String, in namespace: ScratchNetworkNamespace
    ) throws(KernelError) -> KernelAnswer {
        let socket = try NetlinkSocket(namespace: namespace.descriptor.number)
        let message = try NetlinkMessage(
            type: Int(RTM_NEWQDISC), flags: NLM_F_CREATE | NLM_F_EXCL)
        // The loopback interface is the first of every namespace.
        try message.append(
            trafficControlHeader(interface: 1, handle: 0x4664_0000, parent: Qdisc.root))
        try message.put(Int(TCA_KIND), kind)
        return KernelAnswer(
            question: "a qdisc \(kind) without options",
            answer: socket.failure(of: message, object: kind), expected: EINVAL, absent: [ENOENT])
    }

    /// Whether single connections can be reset: by the reset of one that does not exist.
    ///
    /// Changes nothing in the host's own namespace either, which nil stands for.
    public static func socketReset(
        in namespace: ScratchNetworkNamespace? = nil
    ) throws(KernelError) -> KernelAnswer {
        let socket = try NetlinkSocket(.sockets, namespace: namespace?.descriptor.number)
        let message = try NetlinkMessage(type: Int(SOCK_DESTROY), flags: 0)
        let nobody = SocketTableEntry(
            local: .loopback(port: 1), remote: .loopback(port: 1), state: .established, cookie: 1)
        try message.append(SocketRequest(nobody).bytes)
        return KernelAnswer(
            question: "SOCK_DESTROY of no connection",
            answer: socket.failure(of: message, object: "SOCK_DESTROY"), expected: ENOENT,
            absent: [EOPNOTSUPP, EINVAL])
    }

    /// Whether the kernel has nf_tables: by a dump of its tables, of the host's own for nil.
    public static func packetFilter(
        in namespace: ScratchNetworkNamespace? = nil
    ) throws(KernelError) -> KernelAnswer {
        let question = "a dump of nf_tables' tables"
        do {
            let socket = try NetlinkSocket(.netfilter, namespace: namespace?.descriptor.number)
            let message = try NetlinkMessage.nftables(
                NFT_MSG_GETTABLE.rawValue, family: NftablesTable.inet)
            _ = try socket.dump(message, object: "nf_tables")
            return KernelAnswer(.present, "\(question) was answered")
        } catch {
            let isPermission = error.number == EPERM
            return KernelAnswer(
                isPermission ? .unknown : .absent, "\(question) was answered with \(error)")
        }
    }
}
