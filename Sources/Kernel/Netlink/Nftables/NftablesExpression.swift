private import CNetlink

/// One instruction of a rule, as nf_tables' small machine runs it (linux/netfilter/nf_tables.h).
///
/// Everything goes through register 1 of 16 bytes; the verdict register is 0.
struct NftablesExpression: Hashable {
    var name: String
    /// The payloads of its attributes.
    var attributes: [Int: [UInt8]]

    /// What the kernel knows of a packet beside its bytes.
    enum Meta {
        case incoming, outgoing, networkProtocol, transportProtocol, socketUser

        fileprivate var key: nft_meta_keys {
            switch self {
            case .incoming: NFT_META_IIF
            case .outgoing: NFT_META_OIF
            case .networkProtocol: NFT_META_PROTOCOL
            case .transportProtocol: NFT_META_L4PROTO
            case .socketUser: NFT_META_SKUID
            }
        }
    }

    /// Where an offset into a packet begins.
    enum Header {
        case networkHeader, transportHeader, innerHeader

        fileprivate var base: nft_payload_bases {
            switch self {
            case .networkHeader: NFT_PAYLOAD_NETWORK_HEADER
            case .transportHeader: NFT_PAYLOAD_TRANSPORT_HEADER
            case .innerHeader: NFT_PAYLOAD_INNER_HEADER
            }
        }
    }

    private static let register = NFT_REG_1.rawValue

    static func meta(_ meta: Meta) -> NftablesExpression {
        NftablesExpression(
            name: "meta",
            attributes: [
                Int(NFTA_META_DREG.rawValue): big(register),
                Int(NFTA_META_KEY.rawValue): big(meta.key.rawValue),
            ])
    }

    static func load(_ header: Header, offset: Int, length: Int) -> NftablesExpression {
        NftablesExpression(
            name: "payload",
            attributes: [
                Int(NFTA_PAYLOAD_DREG.rawValue): big(register),
                Int(NFTA_PAYLOAD_BASE.rawValue): big(header.base.rawValue),
                Int(NFTA_PAYLOAD_OFFSET.rawValue): big(UInt32(offset)),
                Int(NFTA_PAYLOAD_LEN.rawValue): big(UInt32(length)),
            ])
    }

    /// Goes on only where the register equals these bytes.
    static func compare(_ bytes: [UInt8]) -> NftablesExpression {
        NftablesExpression(
            name: "cmp",
            attributes: [
                Int(NFTA_CMP_SREG.rawValue): big(register),
                Int(NFTA_CMP_OP.rawValue): big(NFT_CMP_EQ.rawValue),
                Int(NFTA_CMP_DATA.rawValue): value(bytes),
            ])
    }

    /// Goes on only where the register is from `first` to `last`, compared byte by byte.
    static func range(_ first: [UInt8], _ last: [UInt8]) -> NftablesExpression {
        NftablesExpression(
            name: "range",
            attributes: [
                Int(NFTA_RANGE_SREG.rawValue): big(register),
                Int(NFTA_RANGE_OP.rawValue): big(NFT_RANGE_EQ.rawValue),
                Int(NFTA_RANGE_FROM_DATA.rawValue): value(first),
                Int(NFTA_RANGE_TO_DATA.rawValue): value(last),
            ])
    }

    /// Clears the bits of the register that are 0 in the mask.
    static func mask(_ mask: [UInt8]) -> NftablesExpression {
        NftablesExpression(
            name: "bitwise",
            attributes: [
                Int(NFTA_BITWISE_SREG.rawValue): big(register),
                Int(NFTA_BITWISE_DREG.rawValue): big(register),
                Int(NFTA_BITWISE_LEN.rawValue): big(UInt32(mask.count)),
                Int(NFTA_BITWISE_MASK.rawValue): value(mask),
                Int(NFTA_BITWISE_XOR.rawValue): value(mask.map { _ in 0 }),
            ])
    }

    static let counter = NftablesExpression(name: "counter", attributes: [:])

    /// NF_DROP: the packet vanishes.
    static let drop = verdict(UInt32(NF_DROP))

    /// NF_ACCEPT: the packet goes on, past the rest of the chain.
    static let pass = verdict(UInt32(NF_ACCEPT))

    private static func verdict(_ code: UInt32) -> NftablesExpression {
        NftablesExpression(
            name: "immediate",
            attributes: [
                Int(NFTA_IMMEDIATE_DREG.rawValue): big(NFT_REG_VERDICT.rawValue),
                Int(NFTA_IMMEDIATE_DATA.rawValue): attribute(
                    Int(NFTA_DATA_VERDICT.rawValue),
                    attribute(Int(NFTA_VERDICT_CODE.rawValue), big(code))),
            ])
    }

    /// The packet vanishes, and its sender is sent a TCP reset.
    static let reset = NftablesExpression(
        name: "reject",
        attributes: [Int(NFTA_REJECT_TYPE.rawValue): big(NFT_REJECT_TCP_RST.rawValue)])

    /// Loads a value into the register.
    static func load(_ bytes: [UInt8]) -> NftablesExpression {
        NftablesExpression(
            name: "immediate",
            attributes: [
                Int(NFTA_IMMEDIATE_DREG.rawValue): big(register),
                Int(NFTA_IMMEDIATE_DATA.rawValue): value(bytes),
            ])
    }

    /// Makes the register the packet's priority, which is the class that prio and htb put it into.
    static let setPriority = NftablesExpression(
        name: "meta",
        attributes: [
            Int(NFTA_META_KEY.rawValue): big(NFT_META_PRIORITY.rawValue),
            Int(NFTA_META_SREG.rawValue): big(register),
        ])

    /// Appends it to a list of expressions.
    func append(to message: borrowing NetlinkMessage) throws(KernelError) {
        try message.nest(Int(NFTA_LIST_ELEM.rawValue)) { message throws(KernelError) in
            try message.put(Int(NFTA_EXPR_NAME.rawValue), name)
            try message.nest(Int(NFTA_EXPR_DATA.rawValue)) { message throws(KernelError) in
                for (number, payload) in attributes.sorted(by: { $0.key < $1.key }) {
                    try message.put(number, payload)
                }
            }
        }
    }

    /// Parses the elements of a list of expressions.
    static func parse(_ list: ArraySlice<UInt8>) -> [NftablesExpression] {
        NetlinkAttributes(list).all.map { element in
            let parts = NetlinkAttributes(element.payload)
            let data = parts[Int(NFTA_EXPR_DATA.rawValue)].map { NetlinkAttributes($0).all } ?? []
            return NftablesExpression(
                name: parts.string(Int(NFTA_EXPR_NAME.rawValue)) ?? "",
                attributes: Dictionary(
                    data.map { ($0.type, Array($0.payload)) }, uniquingKeysWith: { $1 }))
        }
    }

    /// Whether the kernel's `found` does what this asks; it may say more, such as a count.
    func isDone(by found: NftablesExpression) -> Bool {
        name == found.name && attributes.allSatisfy { found.attributes[$0.key] == $0.value }
    }

    /// Packets and bytes of a counter; nil for other expressions.
    var count: PacketCount? {
        guard name == Self.counter.name,
            let packets = attributes[Int(NFTA_COUNTER_PACKETS.rawValue)]?[...]
                .integer(at: 0, as: UInt64.self),
            let bytes = attributes[Int(NFTA_COUNTER_BYTES.rawValue)]?[...]
                .integer(at: 0, as: UInt64.self)
        else { return nil }
        return PacketCount(
            packets: UInt64(bigEndian: packets), bytes: UInt64(bigEndian: bytes))
    }

    private static func big(_ number: UInt32) -> [UInt8] { nativeBytes(number.bigEndian) }

    private static func value(_ bytes: [UInt8]) -> [UInt8] {
        attribute(Int(NFTA_DATA_VALUE.rawValue), bytes)
    }

    /// An attribute inside of another's payload, padded to four bytes.
    private static func attribute(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: -payload.count & 3)
        return nativeBytes(UInt16(payload.count + 4), UInt16(type)) + payload + padding
    }
}
