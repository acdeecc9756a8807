private import CNetlink
import Glibc

/// Messages to nf_tables that the kernel performs all together or not at all.
struct NetlinkBatch {
    private(set) var messages: [(bytes: [UInt8], object: String)] = []

    mutating func add(_ message: borrowing NetlinkMessage, object: String) {
        messages.append((message.bytes, object))
    }

    /// The datagram: the messages between a begin and an end, numbered from `first` on.
    ///
    /// Each message is acknowledged by its number; the begin is answered only when it fails.
    func datagram(first: UInt32) throws(KernelError) -> [UInt8] {
        let edges = try [NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END]
            .map { type throws(KernelError) in
                let message = try NetlinkMessage(type: Int(type), flags: 0)
                // struct nfgenmsg: AF_UNSPEC, version 0, and the subsystem in network byte order.
                try message.append([0, 0, 0, UInt8(NFNL_SUBSYS_NFTABLES)])
                return message.bytes
            }
        let all = [edges[0]] + messages.map(\.bytes) + [edges[1]]
        return all.enumerated().flatMap { index, bytes in
            let isEdge = index == 0 || index == all.count - 1
            return Self.numbered(
                bytes, first &+ UInt32(index),
                flags: UInt16(isEdge ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ACK))
        }
    }

    /// The message with its number, and with flags added to its own.
    private static func numbered(_ bytes: [UInt8], _ number: UInt32, flags: UInt16) -> [UInt8] {
        var bytes = bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
        let own = bytes[...].integer(at: 6, as: UInt16.self) ?? 0
        bytes.replaceSubrange(6..<12, with: nativeBytes(own | flags) + nativeBytes(number))
        return bytes
    }
}

extension NetlinkSocket {
    /// Sends a batch and waits for every acknowledgement; throws the first that is a failure.
    func perform(_ batch: NetlinkBatch) throws(KernelError) {
        // The default of libnl, 32 KiB, is too short for hundreds of rules.
        let sized = nl_socket_set_buffer_size(socket, 1 << 20, 1 << 20)
        let first = nl_socket_use_seq(socket)
        // The others' numbers are taken too.
        for _ in 0...batch.messages.count { _ = nl_socket_use_seq(socket) }
        var datagram = try batch.datagram(first: first)
        let sent = nl_sendto(socket, &datagram, datagram.count)
        guard sized == 0, sent >= 0 else {
            let failure = sized == 0 ? sent : sized
            throw KernelError(
                call: "nl_sendto", object: "\(datagram.count) bytes",
                reason: .netlink(failure, text: String(cString: nl_geterror(failure))))
        }
        var waiting = batch.messages.count
        while waiting > 0 {
            for answer in NetlinkAnswer.parse(try receive("batch")) {
                let index = Int(answer.sequence &- first) - 1
                guard index < batch.messages.count else { continue }
                switch answer.content {
                case .payload: continue
                case .end: waiting -= 1
                case .failure(let number):
                    throw KernelError(
                        call: "netlink",
                        object: index < 0 ? "nf_tables" : batch.messages[index].object,
                        reason: .errno(number))
                }
            }
        }
    }
}

extension NetlinkMessage {
    /// A message to nf_tables, with its `struct nfgenmsg` in front.
    static func nftables(
        _ type: UInt32, family: UInt8, flags: Int32 = 0
    ) throws(KernelError) -> NetlinkMessage {
        let message = try NetlinkMessage(
            type: Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(type), flags: flags)
        try message.append([family, UInt8(NFNETLINK_V0), 0, 0])
        return message
    }
}
