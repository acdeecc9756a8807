import Records

/// Finds the enqueues in what one connection's client sends, however the bytes come in pieces.
///
/// A scanner keeps a bounded number of bytes, and gives up on a connection whose bytes it does not
/// understand: an observer must never stand in the way.
protocol WireScanner {
    init()

    /// Whether the last bytes were in the middle of a request.
    var isInMidRequest: Bool { get }

    /// Takes the next bytes in; the messages whose enqueue is now known.
    mutating func scan(_ bytes: [UInt8]) -> [MessageIdentifier]
}
