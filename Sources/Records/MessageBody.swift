import Playbooks

/// The body of a message of the workload: who sent it, in which drill, and a checksum over all of it.
///
/// A body is printable text, `fd1 RUN pN-NNNNNN CRC32HEX pN-NNNNNN padding`: the format's mark, the
/// drill's run mark, the message's identifier, the checksum over every other byte, the identifier
/// again where there is room, and padding that is seeded by the identifier. A flipped bit in an
/// identifier would otherwise turn one message into another and read as one loss and one duplicate:
/// the checksum shows the damage and the second copy says whose it is.
public struct MessageBody: Sendable, Equatable {
    /// The smallest body, in bytes, that holds any identifier of a drill; smaller ones are not sent.
    public static let smallestSize = Int(Workload.smallestPayload.bytes)

    /// The run mark of the drill: 8 hexadecimal digits.
    public var run: String
    public var message: MessageIdentifier

    /// Names a message of a run; `run` comes from ``runMark(of:)``.
    public init(run: String, message: MessageIdentifier) {
        self.run = run
        self.message = message
    }

    /// The run mark of a drill: the CRC-32 of its identifier, in 8 hexadecimal digits.
    public static func runMark(of drill: String) -> String {
        var checksum = Checksum()
        checksum.add(drill.utf8)
        return checksum.hexadecimal
    }

    /// The bytes of the body: exactly `size` of them, or as many as the fields need when that is more.
    public func encoded(size: Int) -> [UInt8] {
        let prefix = Array("fd1 \(run) \(message) ".utf8)
        let suffixLength = max(0, size - prefix.count - 8)
        var suffix: [UInt8] = []
        suffix.reserveCapacity(suffixLength)
        let copy = Array(" \(message) ".utf8)
        if copy.count <= suffixLength {
            suffix += copy
        } else if suffixLength > 0 {
            suffix.append(UInt8(ascii: " "))
        }
        appendPadding(to: &suffix, upTo: suffixLength)
        return prefix + Self.checksum(prefix, suffix).hexadecimal.utf8 + suffix
    }

    private func appendPadding(to bytes: inout [UInt8], upTo length: Int) {
        var hash = SeededHash(seed: UInt64(message.producer), UInt64(message.sequence))
        var word: UInt64 = 0
        var left = 0
        while bytes.count < length {
            if left == 0 {
                hash.add(UInt64(bytes.count))
                word = hash.value
                left = 10
            }
            bytes.append(Self.alphabet[Int(word & 63)])
            word >>= 6
            left -= 1
        }
    }

    static func checksum(_ prefix: some Sequence<UInt8>, _ suffix: some Sequence<UInt8>) -> Checksum
    {
        var checksum = Checksum()
        checksum.add(prefix)
        checksum.add(suffix)
        return checksum
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
