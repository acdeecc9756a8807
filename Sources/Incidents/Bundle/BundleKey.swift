import Crypto
import FoundationEssentials
import Glibc
import Kernel

/// A key that bundles are signed with (Ed25519, RFC 8032).
///
/// `openssl genpkey -algorithm ed25519 -out bundle.key` makes one, and `openssl pkey -in bundle.key
/// -pubout -out bundle.pub` the half that others verify with.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// Reads a private key in PEM (RFC 8410); throws when others than its owner may read the file.
    public init(path: String) throws(IncidentError) {
        let attempt = "read the signing key \(path)"
        let (bytes, permissions) = try KeyFile.read(path, attempt: attempt)
        guard permissions & 0o077 == 0 else {
            throw IncidentError(
                attempt, reason: "others than its owner may read it",
                remedy: "chmod 600 \(path)", isUsage: true)
        }
        try self.init(pem: bytes, attempt: attempt)
    }

    init(pem: [UInt8], attempt: String = "read a signing key") throws(IncidentError) {
        let prefix: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ]
        guard let seed = KeyFile.content(of: pem, label: "PRIVATE KEY", prefix: prefix),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else {
            throw IncidentError(
                attempt, reason: "it holds no Ed25519 private key in PEM",
                remedy: "make one with `openssl genpkey -algorithm ed25519 -out FILE`",
                isUsage: true)
        }
        self.key = key
    }

    /// The half that others verify with.
    public var publicKey: VerificationKey { VerificationKey(key: key.publicKey) }

    func signature(of bytes: [UInt8]) throws(IncidentError) -> [UInt8] {
        do {
            return Array(try key.signature(for: bytes))
        } catch {
            throw IncidentError("sign the bundle", reason: "\(error)")
        }
    }
}

/// A key that a bundle's signature is verified with.
public struct VerificationKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    /// Reads a public key in PEM (RFC 8410), or takes the public half of a private one.
    public init(path: String) throws(IncidentError) {
        let attempt = "read the key \(path)"
        let (bytes, _) = try KeyFile.read(path, attempt: attempt)
        if let key = try? SigningKey(pem: bytes) {
            self = key.publicKey
            return
        }
        let prefix: [UInt8] = [
            0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
        ]
        guard let raw = KeyFile.content(of: bytes, label: "PUBLIC KEY", prefix: prefix),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else {
            throw IncidentError(
                attempt, reason: "it holds no Ed25519 public key in PEM",
                remedy: "`openssl pkey -in KEY -pubout` prints the public half of a key",
                isUsage: true)
        }
        self.key = key
    }

    init(key: Curve25519.Signing.PublicKey) { self.key = key }

    /// Reads the form that a manifest keeps; nil when it is none.
    init?(text: String) {
        guard let raw = Data(base64Encoded: text),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { return nil }
        self.key = key
    }

    /// The key in base 64, as a manifest keeps it.
    public var text: String { key.rawRepresentation.base64EncodedString() }

    func accepts(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        key.isValidSignature(Data(signature), for: Data(bytes))
    }
}

/// The files that keys lie in.
enum KeyFile {
    static func read(
        _ path: String, attempt: String
    ) throws(IncidentError) -> (bytes: [UInt8], permissions: UInt32) {
        do throws(KernelError) {
            // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever (open(2)).
            let file = try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
            return (try file.readAll(limit: 64 << 10), try file.status().permissions)
        } catch {
            throw IncidentError(attempt, reason: error.description, isUsage: true)
        }
    }

    /// The 32 bytes after `prefix` in the one PEM block (RFC 7468) with this label.
    static func content(of pem: [UInt8], label: String, prefix: [UInt8]) -> [UInt8]? {
        let text = String(decoding: pem, as: UTF8.self)
        let (begin, end) = ("-----BEGIN \(label)-----", "-----END \(label)-----")
        guard let start = text.firstRange(of: begin), let stop = text.firstRange(of: end),
            start.upperBound <= stop.lowerBound
        else { return nil }
        let base64 = text[start.upperBound..<stop.lowerBound].filter { !$0.isWhitespace }
        guard let bytes = Data(base64Encoded: String(base64)).map({ Array($0) }),
            bytes.count == prefix.count + 32, bytes.starts(with: prefix)
        else { return nil }
        return Array(bytes.dropFirst(prefix.count))
    }
}
