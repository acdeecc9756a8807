private import CNetlink

/// A qdisc, a class or a filter as the kernel lists it, without what it has counted.
///
/// Coded as one line of hexadecimal numbers, for undo records must be small.
public struct TrafficControlObject: Sendable, Hashable {
    /// What a message of rtnetlink(7) is about.
    enum Category {
        case qdisc
        case trafficClass
        case filter
    }

    public var handle: UInt32
    /// The class or qdisc that it hangs under, or ``Qdisc/root``.
    public var parent: UInt32
    /// The leaf of a class, the priority and protocol of a filter; 0 for a qdisc, where the kernel
    /// counts references.
    public var info: UInt32
    /// All attributes but statistics, as the kernel sent them.
    public var attributes: [UInt8]

    public init(handle: UInt32, parent: UInt32, info: UInt32, attributes: [UInt8]) {
        self.handle = handle
        self.parent = parent
        self.info = info
        self.attributes = attributes
    }

    /// Parses the payload of an answer; nil when it is cut short or of another interface.
    init?(_ category: Category, message: ArraySlice<UInt8>, interface: Int32) {
        guard message.integer(at: 4, as: Int32.self) == interface,
            let handle = message.integer(at: 8, as: UInt32.self),
            let parent = message.integer(at: 12, as: UInt32.self),
            let info = message.integer(at: 16, as: UInt32.self), message.count >= 20
        else { return nil }
        let attributes = NetlinkAttributes(message.dropFirst(20))
        guard let kind = attributes.string(Int(TCA_KIND)) else { return nil }
        self.init(
            handle: handle, parent: parent, info: category == .qdisc ? 0 : info,
            attributes: NetlinkAttributes.bytes(
                attributes.all.compactMap { type, payload in
                    if Self.counting.contains(type) { return nil }
                    guard type == Int(TCA_OPTIONS) else { return (type, Array(payload)) }
                    return (type, TreeOptions(category, kind).withoutCounts(payload))
                }))
    }

    /// Attributes that change while nobody changes anything.
    private static let counting: Set<Int> = [
        Int(TCA_STATS), Int(TCA_XSTATS), Int(TCA_RATE), Int(TCA_FCNT), Int(TCA_STATS2),
        Int(TCA_PAD),
    ]

    /// `htb`, `u32`.
    public var kind: String { NetlinkAttributes(attributes[...]).string(Int(TCA_KIND)) ?? "" }

    /// The payload of TCA_OPTIONS; nil where there is none.
    var options: ArraySlice<UInt8>? { NetlinkAttributes(attributes[...])[Int(TCA_OPTIONS)] }

    /// The chain of a filter.
    var chain: UInt32 {
        NetlinkAttributes(attributes[...])[Int(TCA_CHAIN)]?.integer(at: 0, as: UInt32.self) ?? 0
    }
}

extension TrafficControlObject: CustomStringConvertible {
    /// `htb 1:10 parent 1:1`.
    public var description: String {
        let place = parent == Qdisc.root ? "root" : "parent \(Qdisc.text(of: parent))"
        return "\(kind) \(Qdisc.text(of: handle)) \(place)"
    }
}

extension TrafficControlObject: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let parts = try container.decode(String.self).split(
            separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let handle = UInt32(parts[0], radix: 16),
            let parent = UInt32(parts[1], radix: 16), let info = UInt32(parts[2], radix: 16),
            let attributes = Self.bytes(hexadecimal: parts[3])
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not three numbers and bytes, hexadecimal")
        }
        self.init(handle: handle, parent: parent, info: info, attributes: attributes)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let numbers = [handle, parent, info].map { String($0, radix: 16) }
        let bytes = attributes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        try container.encode((numbers + [bytes.joined()]).joined(separator: " "))
    }

    private static func bytes(hexadecimal text: Substring) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
