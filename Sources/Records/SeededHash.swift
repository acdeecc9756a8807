/// A random choice that is a pure function of a seed and of what is chosen.
///
/// The same seed and the same words give the same number on every machine and in every order of
/// asking, which a generator that is drawn from by many tasks could not promise (the finaliser is
/// that of SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
public struct SeededHash: Sendable, Hashable {
    /// The hash of the seed and of every word so far: 64 evenly mixed bits.
    public private(set) var value: UInt64

    /// Starts from a seed and the words that tell this choice from every other.
    public init(seed: UInt64, _ words: UInt64...) {
        value = Self.mixed(seed)
        for word in words { add(word) }
    }

    /// Takes one more word into the hash.
    public mutating func add(_ word: UInt64) {
        value = Self.mixed(value ^ Self.mixed(word))
    }

    /// The hash as a fraction: evenly spread over 0 ..< 1, in steps of 2^-53.
    public var fraction: Double { Double(value >> 11) * 0x1p-53 }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word &+ 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
