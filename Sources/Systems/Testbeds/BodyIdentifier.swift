import Records

/// Finds out which message a body belongs to.
///
/// A body of the workload is text: `fd1 RUN p2-000417 CRC padding`; its third word is the message's
/// identifier.
enum BodyIdentifier {
    /// No identifier starts later than this in a body: what is longer is not one of ours.
    static let longestPrefix = 160

    /// Reads the identifier of a body; nil for anything that the workload did not write.
    static func read(_ body: some Collection<UInt8>) -> MessageIdentifier? {
        let words = body.prefix(longestPrefix).split(
            separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count >= 3, words[0].elementsEqual("fd1".utf8) else { return nil }
        return MessageIdentifier(String(decoding: words[2], as: UTF8.self))
    }
}
