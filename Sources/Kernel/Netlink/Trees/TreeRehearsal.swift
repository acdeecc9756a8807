private import CNetlink
import Glibc

/// Makes a tree in a namespace that has nothing else, to see whether it comes out the same.
///
/// What the kernel lists does not always say what it was asked for, and each version lists
/// otherwise. A rehearsal finds out before anything of somebody's is taken away.
enum TreeRehearsal {
    /// Throws, with what it fails on, for a tree that could not be put back as it is.
    static func check(
        _ tree: QueueingTree, ofInterface index: Int32, _ socket: borrowing NetlinkSocket
    ) throws(KernelError) {
        if let objection = tree.objections.first { throw refusal(objection, index) }
        guard tree.size <= QueueingTree.largestSize else {
            throw refusal("it takes \(tree.size) bytes to describe, which is too much", index)
        }
        guard !tree.isDefault else { return }
        let link = try socket.link(index)
        let scratch = try ScratchNetworkNamespace()
        let stage = try NetlinkSocket(namespace: scratch.descriptor.number)
        // The first interface of every namespace is its loopback.
        try stage.setLink(1, link)
        do {
            try stage.build(tree, onInterface: 1)
        } catch {
            throw refusal("it could not be made again: \(error)", index)
        }
        if let difference = try stage.tree(ofInterface: 1).differences(from: tree).first {
            throw refusal("made again it would not be the same: \(difference)", index)
        }
    }

    private static func refusal(_ reason: String, _ index: Int32) -> KernelError {
        KernelError(
            call: "replace the root qdisc", object: "interface \(index)",
            reason: .refused("what somebody has put there cannot be put back: \(reason)"),
            remedy: "remove it, or use backend: proxy")
    }
}

/// What the defaults of qdiscs follow from.
struct LinkQueue: Equatable {
    /// The largest packet, in bytes; nil where the kernel does not say.
    var largestPacket: UInt32?
    /// How many packets a queue of the kernel's choice holds.
    var length: UInt32?
}

extension NetlinkSocket {
    /// The queue of an interface; throws ENODEV when it does not exist.
    func link(_ index: Int32) throws(KernelError) -> LinkQueue {
        let message = try NetlinkMessage(type: Int(RTM_GETLINK), flags: 0)
        try message.append(Self.linkHeader(index))
        let answer = try exchange(message, flags: NLM_F_ACK, object: "interface \(index)").first
        // struct ifinfomsg has 16 bytes.
        let attributes = NetlinkAttributes((answer ?? []).dropFirst(16))
        return LinkQueue(
            largestPacket: attributes[Int(IFLA_MTU)]?.integer(at: 0, as: UInt32.self),
            length: attributes[Int(IFLA_TXQLEN)]?.integer(at: 0, as: UInt32.self))
    }

    /// Whether the interface is there.
    func hasLink(_ index: Int32) throws(KernelError) -> Bool {
        do {
            _ = try link(index)
            return true
        } catch  where error.number == ENODEV {
            return false
        }
    }

    fileprivate func setLink(_ index: Int32, _ queue: LinkQueue) throws(KernelError) {
        let message = try NetlinkMessage(type: Int(RTM_NEWLINK), flags: 0)
        try message.append(Self.linkHeader(index))
        if let size = queue.largestPacket { try message.put(Int(IFLA_MTU), nativeBytes(size)) }
        if let length = queue.length { try message.put(Int(IFLA_TXQLEN), nativeBytes(length)) }
        try request(message, object: "interface \(index) of the rehearsal")
    }

    /// The bytes of a `struct ifinfomsg`: family and type, index, flags, change.
    private static func linkHeader(_ index: Int32) -> [UInt8] {
        nativeBytes(UInt32(0), index, UInt32(0), UInt32(0))
    }
}
