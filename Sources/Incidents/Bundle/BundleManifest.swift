import FoundationEssentials

/// What a bundle holds, with the SHA-256 sum of every file: its `manifest.json`.
public struct BundleManifest: Sendable, Codable, Equatable {
    /// The version of the format; a reader refuses a higher one than it knows.
    public static let currentVersion = 1

    /// One file of the bundle.
    public struct Entry: Sendable, Codable, Equatable {
        public var path: String
        public var bytes: Int
        /// The SHA-256 sum (FIPS 180-4) as 64 lower-case hexadecimal digits.
        public var sha256: String
    }

    /// Always `firedrill-bundle`.
    public var format: String
    public var version: Int
    public var drill: String
    public var playbook: String
    public var title: String
    /// The incident that the bundle was made for.
    public var incident: String
    /// The drill's outcome as JSON names it; nil for a drill without a verdict.
    public var outcome: String?
    /// The drill's start in UTC (RFC 3339).
    public var startedAt: String
    public var files: [Entry]
    /// What is not in the bundle, and why: one sentence each.
    public var omissions: [String]
    /// The signer's public key (Ed25519, RFC 8032) in base 64; nil when nobody signed.
    public var signer: String?

    static let path = "manifest.json"
    static let signaturePath = "manifest.sig"

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    init(
        drill: String, playbook: String, title: String, incident: String, outcome: String?,
        startedAt: String, files: [Entry], omissions: [String], signer: String?
    ) {
        format = "firedrill-bundle"
        version = Self.currentVersion
        self.drill = drill
        self.playbook = playbook
        self.title = title
        self.incident = incident
        self.outcome = outcome
        self.startedAt = startedAt
        self.files = files
        self.omissions = omissions
        self.signer = signer
    }

    init(decoding bytes: [UInt8]) throws(BundleProblem) {
        let manifest: BundleManifest
        do {
            manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(bytes))
        } catch {
            throw .unreadableManifest("it is no manifest in JSON")
        }
        guard manifest.format == "firedrill-bundle" else {
            throw .unreadableManifest("its format is '\(manifest.format.escaped)'")
        }
        guard manifest.version <= Self.currentVersion else {
            throw .unreadableManifest(
                "it is of version \(manifest.version), and this build reads up to "
                    + "\(Self.currentVersion): use a newer firedrill")
        }
        self = manifest
    }
}
