import Glibc

/// The part of a message of the Domain Name System that a name server in between must know (RFC 1035).
public struct NameMessage: Sendable, Equatable {
    /// What an answer says of the question (RFC 1035, 4.1.1).
    public enum Code: UInt8, Sendable, CaseIterable {
        case noError = 0
        case serverFailure = 2
        /// NXDOMAIN: there is no such name.
        case noSuchName = 3
        case refused = 5
    }

    /// Of which kind the records asked for are; others have other numbers.
    enum Kind {
        /// IPv4 addresses (RFC 1035, 3.2.2).
        static let address: UInt16 = 1
        /// IPv6 addresses (RFC 3596).
        static let wideAddress: UInt16 = 28
    }

    public var identifier: UInt16
    public var isAnswer: Bool
    /// The low four bits of the flags.
    public var code: UInt8
    /// The name asked for, in lower case and without a dot at its end.
    public var name: String
    /// Which records are asked for.
    var kind: UInt16
    /// How many bytes the header and the question have.
    let length: Int

    /// Reads a message with one question; nil for anything else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12, bytes[4] == 0, bytes[5] == 1 else { return nil }
        identifier = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        isAnswer = bytes[2] & 0x80 != 0
        code = bytes[3] & 0x0f
        var labels: [String] = []
        var place = 12
        while place < bytes.count, bytes[place] != 0 {
            let size = Int(bytes[place])
            // A question is never compressed; labels have at most 63 bytes.
            guard size < 64, place + size < bytes.count else { return nil }
            let label = bytes[(place + 1)...(place + size)]
            labels.append(String(decoding: label, as: UTF8.self).lowercased())
            place += size + 1
        }
        // The root's empty label, the type and the class.
        guard place + 5 <= bytes.count else { return nil }
        name = labels.joined(separator: ".")
        kind = UInt16(bytes[place + 1]) << 8 | UInt16(bytes[place + 2])
        length = place + 5
    }

    /// A question for the IPv4 addresses of a name.
    public static func question(for name: String, identifier: UInt16) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap {
            [UInt8(clamping: $0.utf8.count)] + $0.utf8
        }
        // Recursion desired, one question; type A, class IN.
        return bytes(identifier) + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
    }

    /// An answer to a question that says a code and nothing else.
    static func answer(to question: [UInt8], _ message: NameMessage, code: Code) -> [UInt8] {
        var answer = Array(question[..<message.length])
        // An answer, with recursion available; the question's own wish for recursion stays.
        answer[2] = 0x80 | (question[2] & 0x01)
        answer[3] = 0x80 | code.rawValue
        answer.replaceSubrange(6..<12, with: Array(repeating: 0, count: 6))
        return answer
    }

    /// An answer with those of the addresses that were asked for, which is to be forgotten at once.
    static func answer(
        to question: [UInt8], _ message: NameMessage, addresses: [String]
    ) -> [UInt8] {
        let records = addresses.compactMap { record($0, kind: message.kind) }.prefix(16)
        var answer = answer(to: question, message, code: .noError)
        answer[7] = UInt8(records.count)
        return answer + records.joined()
    }

    /// The name as in the question (RFC 1035, 4.1.4), class IN, no time to live; nil for an address
    /// of another kind.
    private static func record(_ address: String, kind: UInt16) -> [UInt8]? {
        let (family, size) = kind == Kind.address ? (AF_INET, 4) : (AF_INET6, 16)
        guard kind == Kind.address || kind == Kind.wideAddress else { return nil }
        var number = [UInt8](repeating: 0, count: size)
        guard inet_pton(family, address, &number) == 1 else { return nil }
        return [0xc0, 12] + bytes(kind) + [0, 1, 0, 0, 0, 0] + bytes(UInt16(size)) + number
    }

    /// The message with another identifier.
    static func renamed(_ message: [UInt8], identifier: UInt16) -> [UInt8] {
        bytes(identifier) + message.dropFirst(2)
    }

    private static func bytes(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}
