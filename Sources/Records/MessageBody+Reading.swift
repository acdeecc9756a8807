extension MessageBody {
    /// What a body that came out of a queue is.
    public enum Reading: Sendable, Equatable {
        /// A message of this run, byte for byte as it was sent.
        case intact(MessageIdentifier)
        /// A damaged message of this run; nil when the damage hides which one.
        case corrupted(MessageIdentifier?)
        /// Not a message of this run.
        case foreign
    }

    /// Reads a body that came out of a queue and verifies its checksum.
    ///
    /// A body that does not fit its checksum is taken for damaged, not for foreign, while the
    /// format's mark or the run's mark is still there. Which message it was is known when both
    /// copies of the identifier agree, or when one of them makes the checksum fit again.
    public static func read(_ bytes: [UInt8], run: String) -> Reading {
        guard let fields = Fields(bytes) else {
            return bytes.starts(with: mark) ? .corrupted(nil) : .foreign
        }
        let isMarked = fields.mark.elementsEqual(mark)
        let isOfRun = fields.run.elementsEqual(run.utf8)
        if fields.fits(checksum(bytes[..<fields.checksum.startIndex], fields.suffix)) {
            guard isMarked, isOfRun, let message = fields.message else { return .foreign }
            return .intact(message)
        }
        guard isMarked || isOfRun else { return .foreign }
        for case let candidate? in [fields.message, fields.copy]
        where fields.fits(fields.checksum(ifSentAs: candidate, run: run)) {
            return .corrupted(candidate)
        }
        return .corrupted(fields.copy == fields.message ? fields.message : nil)
    }

    /// The identifier that a body names, unverified; nil for anything but a body of this format.
    public static func identifier(in bytes: some Collection<UInt8>) -> MessageIdentifier? {
        guard bytes.starts(with: mark) else { return nil }
        let words = bytes.prefix(64).split(separator: space, maxSplits: 3)
        guard words.count > 2 else { return nil }
        return MessageIdentifier(String(decoding: words[2], as: UTF8.self))
    }

    static let mark = Array("fd1".utf8)
    private static let space = UInt8(ascii: " ")

    /// A body taken apart at its spaces, unverified.
    private struct Fields {
        var mark: ArraySlice<UInt8>
        var run: ArraySlice<UInt8>
        var message: MessageIdentifier?
        var checksum: ArraySlice<UInt8>
        /// The second copy of the identifier.
        var copy: MessageIdentifier?
        var copyLength: Int
        /// Everything after the checksum, the space before the second copy included.
        var suffix: ArraySlice<UInt8>

        init?(_ bytes: [UInt8]) {
            let words = bytes.split(
                separator: space, maxSplits: 5, omittingEmptySubsequences: false)
            guard words.count >= 4, words[3].count == 8 else { return nil }
            mark = words[0]
            run = words[1]
            message = MessageIdentifier(String(decoding: words[2], as: UTF8.self))
            checksum = words[3]
            suffix = bytes[words[3].endIndex...]
            copy =
                words.count > 4 ? MessageIdentifier(String(decoding: words[4], as: UTF8.self)) : nil
            copyLength = words.count > 4 ? words[4].count : 0
        }

        func fits(_ computed: Checksum) -> Bool {
            computed.hexadecimal.utf8.elementsEqual(checksum)
        }

        /// The checksum that the body would have had as this message.
        func checksum(ifSentAs message: MessageIdentifier, run: String) -> Checksum {
            var suffix = suffix
            if copyLength > 0 {
                let start = suffix.startIndex + 1
                suffix.replaceSubrange(start..<start + copyLength, with: "\(message)".utf8)
            }
            return MessageBody.checksum("fd1 \(run) \(message) ".utf8, suffix)
        }
    }
}
