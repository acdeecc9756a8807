/// One queueing discipline as the kernel lists it.
public struct Qdisc: Sendable, Hashable, CustomStringConvertible {
    /// The index of its interface.
    public var interface: Int32
    /// Major and minor number, 16 bits each; the major is 0 for a default the kernel put in.
    public var handle: UInt32
    /// The class it hangs under, or ``root``.
    public var parent: UInt32
    /// `netem`, `prio`, `fq_codel`.
    public var kind: String
    /// The payload of TCA_OPTIONS, byte for byte.
    public var options: [UInt8]

    /// The parent of a root qdisc (TC_H_ROOT).
    public static let root: UInt32 = 0xffff_ffff

    public init(
        interface: Int32, handle: UInt32, parent: UInt32, kind: String, options: [UInt8]
    ) {
        self.interface = interface
        self.handle = handle
        self.parent = parent
        self.kind = kind
        self.options = options
    }

    /// `netem 10: parent 1:4`, as tc(8) writes it.
    public var description: String {
        let place = parent == Self.root ? "root" : "parent \(Self.text(of: parent))"
        return "\(kind) \(Self.text(of: handle)) \(place)"
    }

    /// A handle in tc's hexadecimal notation: `1:`, `1:4`.
    public static func text(of handle: UInt32) -> String {
        let minor = handle & 0xffff
        return String(handle >> 16, radix: 16) + ":" + (minor == 0 ? "" : String(minor, radix: 16))
    }
}
