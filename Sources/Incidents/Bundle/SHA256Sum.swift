import Crypto

/// SHA-256 sums (FIPS 180-4) as manifests write them.
enum SHA256Sum {
    /// 64 lower-case hexadecimal digits.
    static func text(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte < 16 { text += "0" }
            text += String(byte, radix: 16)
        }
        return text
    }
}
