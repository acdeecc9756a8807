import Records

/// What is done to a file's bytes; pure.
enum FileDamage: Sendable, Equatable {
    /// Turns over one bit in each of so many bytes.
    case flip(count: Int)
    /// Cuts so many bytes off the end.
    case truncate(count: Int)

    /// One byte before and after.
    struct Change: Sendable, Equatable {
        var offset: Int
        var before: UInt8
        var after: UInt8
    }

    /// The changes that flips make to a file of these bytes, at offsets that the seed chooses.
    ///
    /// Fewer than asked when the file has fewer bytes.
    static func flips(_ count: Int, in bytes: [UInt8], seed: UInt64, stream: String) -> [Change] {
        var generator = SeededGenerator(seed: seed, stream: stream)
        var offsets: Set<Int> = []
        while offsets.count < min(count, bytes.count) {
            offsets.insert(Int.random(in: bytes.indices, using: &generator))
        }
        return offsets.sorted().map { offset in
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
            return Change(
                offset: offset, before: bytes[offset], after: bytes[offset] ^ bit)
        }
    }

    var requested: Figure {
        switch self {
        case .flip(let count): Figure("bits flipped", Double(count), .count)
        case .truncate(let count): Figure("cut off", Double(count), .bytes)
        }
    }

    var description: String {
        switch self {
        case .flip(let count): count == 1 ? "1 bit flipped" : "\(count) bits flipped"
        case .truncate(let count): "\(count) bytes cut off"
        }
    }
}
