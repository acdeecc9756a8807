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
    /// One without its options is refused as invalid by a kernel that knows it. Best asked in a
    /// ``ScratchNetworkNamespace``: in the host's own, which nil stands for, an occupied root answers
    /// EEXIST, which says nothing of the kind.
    public static func qdisc(
        _ kind: String, in namespace: ScratchNetworkNamespace? = nil
    ) throws(KernelError) -> KernelAnswer {
        let socket = try NetlinkSocket(namespace: namespace?.descriptor.number)
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

    /// Whether the kernel ties tables to their owners (Linux 5.12): by an empty one, which is gone
    /// with the answer.
    public static func ownerTables(
        in namespace: ScratchNetworkNamespace? = nil
    ) -> KernelAnswer {
        table("an nf_tables table with an owner", [], in: namespace)
    }

    /// Whether the kernel hooks rules on both ways of an interface, and knows where payloads begin
    /// (both Linux 5.16): by rules on `lo` that count nothing, which are gone with the answer.
    public static func deviceHooks(
        in namespace: ScratchNetworkNamespace? = nil
    ) -> KernelAnswer {
        // Nobody sends from the reserved block (RFC 1112, 4).
        let match = FlowMatch(
            source: AddressRange("240.0.0.1"), transport: .udp, carriesPayload: true)
        let hooks: [NftablesChain.Hook] = [.ingress(interface: "lo"), .egress(interface: "lo")]
        let chains = hooks.enumerated().map { index, hook in
            NftablesChain(
                name: "question-\(index)", hook: hook, rules: [NftablesRule(match, .count)])
        }
        return table("rules of nf_tables on both ways of an interface", chains, in: namespace)
    }

    private static func table(
        _ question: String, _ chains: [NftablesChain], in namespace: ScratchNetworkNamespace?
    ) -> KernelAnswer {
        do {
            let table = try NftablesTable(
                name: "firedrill-\(getpid())-question-\(chains.count)", chains: chains,
                namespace: namespace?.descriptor.number)
            table.close()
            return KernelAnswer(.present, "\(question) could be made")
        } catch {
            let isPermission = error.number == EPERM
            return KernelAnswer(
                isPermission ? .unknown : .absent, "\(question) could not be made: \(error)")
        }
    }
}
