private import CNetlink
import Glibc

extension NetlinkSocket {
    /// The index of the interface of a name and a kind (`ifb`); nil where there is none.
    func linkIndex(named name: String, kind: String) throws(KernelError) -> Int32? {
        let message = try NetlinkMessage(type: Int(RTM_GETLINK), flags: 0)
        try message.append(Self.header())
        try message.put(Int(IFLA_IFNAME), name)
        let answers: [ArraySlice<UInt8>]
        do {
            answers = try exchange(message, flags: NLM_F_ACK, object: name)
        } catch  where error.number == ENODEV {
            return nil
        }
        guard let answer = answers.first, let index = answer.integer(at: 4, as: Int32.self) else {
            return nil
        }
        let information = NetlinkAttributes(answer.dropFirst(16))[Int(IFLA_LINKINFO)]
        let found = information.flatMap { NetlinkAttributes($0).string(Int(IFLA_INFO_KIND)) }
        return found == kind ? index : nil
    }

    /// Makes an interface and sets it up; throws EEXIST where there is one of this name.
    func createLink(named name: String, kind: String) throws(KernelError) {
        let message = try NetlinkMessage(
            type: Int(RTM_NEWLINK), flags: NLM_F_CREATE | NLM_F_EXCL)
        try message.append(Self.header(isUp: true))
        try message.put(Int(IFLA_IFNAME), name)
        try message.nest(Int(IFLA_LINKINFO)) { message throws(KernelError) in
            try message.put(Int(IFLA_INFO_KIND), kind)
        }
        try request(message, object: "\(kind) \(name)")
    }

    /// Deletes the interface of a name; does nothing when there is none.
    func deleteLink(named name: String) throws(KernelError) {
        let message = try NetlinkMessage(type: Int(RTM_DELLINK), flags: 0)
        try message.append(Self.header())
        try message.put(Int(IFLA_IFNAME), name)
        let failure = failure(of: message, object: name)
        if let failure, failure.number != ENODEV { throw failure }
    }

    /// A `struct ifinfomsg`: family, type, index, flags, and which of them count.
    private static func header(isUp: Bool = false) -> [UInt8] {
        let up = isUp ? UInt32(IFF_UP) : 0
        return nativeBytes(UInt16(0), UInt16(0), Int32(0), up, up)
    }
}
