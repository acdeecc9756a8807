/// Attributes of a netlink message, in the order they came (netlink(7)).
struct NetlinkAttributes {
    /// All of them, repeated types too.
    let all: [(type: Int, payload: ArraySlice<UInt8>)]

    /// Parses attributes up to the end of `bytes` or the first that does not fit.
    init(_ bytes: ArraySlice<UInt8>) {
        var attributes: [(type: Int, payload: ArraySlice<UInt8>)] = []
        var rest = bytes
        while rest.count >= 4, let length = rest.integer(at: 0, as: UInt16.self),
            let type = rest.integer(at: 2, as: UInt16.self), length >= 4, length <= rest.count
        {
            // The two top bits are NLA_F_NESTED and NLA_F_NET_BYTEORDER.
            let payload = rest.dropFirst(4).prefix(Int(length) - 4)
            attributes.append((Int(type & 0x3fff), payload))
            rest = rest.dropFirst((Int(length) + 3) & ~3)
        }
        all = attributes
    }

    /// The payload of the last attribute of this type, or nil.
    subscript(_ type: Int) -> ArraySlice<UInt8>? {
        all.last { $0.type == type }?.payload
    }

    /// The bytes of attributes one behind the other, each padded to four.
    static func bytes(_ attributes: [(Int, [UInt8])]) -> [UInt8] {
        attributes.flatMap { type, payload in
            nativeBytes(UInt16(payload.count + 4), UInt16(type)) + payload
                + Array(repeating: 0, count: -payload.count & 3)
        }
    }

    /// The NUL-terminated text of an attribute, or nil.
    func string(_ type: Int) -> String? {
        self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension ArraySlice<UInt8> {
    /// An integer in the byte order of this machine, `offset` bytes in; nil beyond the end.
    func integer<Integer: FixedWidthInteger>(at offset: Int, as type: Integer.Type) -> Integer? {
        let size = Integer.bitWidth / 8
        guard offset >= 0, count >= offset + size else { return nil }
        return self[(startIndex + offset)...].withUnsafeBytes {
            $0.loadUnaligned(as: Integer.self)
        }
    }
}
