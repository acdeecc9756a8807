import CLinux
import Glibc
import Synchronization

/// Frames that go through the qdiscs of an interface and are seen when they leave it (packet(7)).
///
/// They are addressed to the interface itself, so that no switch leads them on, and are of an
/// EtherType for experiments, or carry headers that rules can tell: no host answers them. Needs
/// CAP_NET_RAW, and CAP_NET_ADMIN for the priority of a class. Never waits.
public final class FrameSocket: Sendable {
    /// The EtherType that IEEE 802 keeps for local experiments.
    private static let type: UInt16 = 0x88b5
    private static let tokens = Atomic<UInt32>(0)
    /// Two addresses and a type stand before all else.
    private static let addresses = 14

    private let sender: Descriptor
    private let tap: Descriptor
    private let header: [UInt8]
    private let interface: Int32

    /// ARPHRD_ETHER and ARPHRD_LOOPBACK (linux/if_arp.h), whose frames begin with two addresses.
    private static let ethernet: Set<UInt16> = [1, 772]

    /// - Parameters:
    ///   - interface: its index.
    ///   - priority: the class that prio and htb put the frames into, or 0.
    ///   - headers: what they carry; nil for none.
    ///   - namespace: a descriptor of the network namespace; nil for the calling thread's.
    public init(
        interface: Int32, priority: UInt32 = 0, headers: FrameHeaders? = nil,
        namespace: Int32? = nil
    ) throws(KernelError) {
        let type = headers?.type ?? Self.type
        let prefix = headers?.bytes ?? []
        // Tells these frames from those of all other such sockets on the interface.
        let count = Self.tokens.wrappingAdd(1, ordering: .relaxed).newValue
        let token = UInt32(truncatingIfNeeded: getpid()) << 10 | count & 0x3ff
        let opened = try NetworkNamespaces.inside(namespace) {
            let sender = clinux_open_frame_sender(interface, type, priority)
            guard sender >= 0 else { return (sender, Int32(-1), errno) }
            let tap = clinux_open_frame_tap(
                interface, type, token, UInt32(Self.addresses + prefix.count))
            return (sender, tap, errno)
        }
        guard opened.0 >= 0 else { throw Self.failure(interface, opened.2) }
        sender = Descriptor(opened.0)
        guard opened.1 >= 0 else { throw Self.failure(interface, opened.2) }
        tap = Descriptor(opened.1)
        var address = [UInt8](repeating: 0, count: 6)
        var hardware: UInt16 = 0
        guard clinux_frame_address(opened.0, &address, &hardware) == 0 else {
            throw Self.failure(interface, errno)
        }
        guard Self.ethernet.contains(hardware) else {
            throw KernelError(
                call: "packet socket", object: "interface \(interface)",
                reason: .refused("its frames are not Ethernet's, but of kind \(hardware)"))
        }
        self.interface = interface
        header =
            address + address + Self.bytes(UInt32(type)).suffix(2) + prefix + Self.bytes(token)
    }

    /// Sends a frame; false when the kernel, or a qdisc, has no room for it.
    public func send(_ payload: [UInt8]) throws(KernelError) -> Bool {
        let frame = header + payload
        if Glibc.send(sender.number, frame, frame.count, 0) >= 0 { return true }
        guard [EAGAIN, ENOBUFS, EINTR].contains(errno) else {
            throw Self.failure(interface, errno)
        }
        return false
    }

    /// The payload of the next frame that has left, at most 2 KiB of it; nil when there is none.
    public func receive() throws(KernelError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let count = recv(tap.number, &buffer, buffer.count, 0)
        if count >= 0 { return Array(buffer[..<count].dropFirst(header.count)) }
        guard [EAGAIN, EINTR].contains(errno) else { throw Self.failure(interface, errno) }
        return nil
    }

    private static func bytes(_ value: UInt32) -> [UInt8] { nativeBytes(value.bigEndian) }

    private static func failure(_ interface: Int32, _ number: Int32) -> KernelError {
        KernelError(
            call: "packet socket", object: "interface \(interface)", reason: .errno(number),
            remedy: number == EPERM ? Capability.remedy("CAP_NET_RAW and CAP_NET_ADMIN") : "")
    }
}
