/// What a queue may be called.
enum QueueName {
    /// The rule, for whoever broke it.
    static let rule = "a queue's name is 1 to 128 of A-Z a-z 0-9 - _ . :"

    /// Whether a queue may have this name.
    static func isValid(_ name: some Collection<UInt8>) -> Bool {
        (1...128).contains(name.count) && name.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
