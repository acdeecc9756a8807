import Glibc
import Kernel

/// The two ends of the channel between a drill and its guardian or standby: one number a packet.
///
/// The end of the channel is the lifeline: the kernel closes it when the drill dies.
enum GuardianLink {
    /// The guardian's end has this number in the guardian.
    static let descriptor: Int32 = 3
    /// The guardian's end of a second channel, held for as long as it means to stay.
    static let vigil: Int32 = 4
    /// From the guardian: it holds the journal and may be relied on.
    static let ready: UInt64 = 0
    /// From the guardian: it cannot read the journal.
    static let refusal = UInt64.max - 1
    /// From the drill: take out what is still in, and end.
    static let finish = UInt64.max

    /// A pair of connected ends, of which the drill keeps one and the guardian gets the other.
    static func make() throws(KernelError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw KernelError(call: "socketpair", object: "", reason: .errno(errno))
        }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Sends one number; false when the other side is gone or does not read.
    static func send(_ number: UInt64, over end: Descriptor) -> Bool {
        withUnsafeBytes(of: number) {
            Glibc.send(
                end.number, $0.baseAddress, $0.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) == $0.count
        }
    }

    /// What the other side sent.
    enum Reception: Equatable {
        case number(UInt64)
        case nothing
        case closed
    }

    /// Takes one number without waiting for it.
    static func receive(from end: Descriptor) -> Reception {
        var number: UInt64 = 0
        while true {
            let count = withUnsafeMutableBytes(of: &number) {
                recv(end.number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
            }
            if count == 8 { return .number(number) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return .nothing }
            return .closed
        }
    }
}
