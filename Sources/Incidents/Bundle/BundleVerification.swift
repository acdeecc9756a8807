/// What is known of a bundle that somebody handed over.
public struct BundleVerification: Sendable, Equatable {
    /// Nil when there is none that can be read.
    public let manifest: BundleManifest?
    /// Empty when every file is what it was when the bundle was made.
    public let problems: [BundleProblem]
    /// Whether a valid signature by the given key is on it; false when no key was given.
    public let isTrusted: Bool

    /// Whether nothing is wrong with it.
    public var isIntact: Bool { problems.isEmpty }

    /// Holds an archive against its manifest, and the manifest against its signature.
    ///
    /// Nothing is unpacked. Without a key a signature is held against the key that the manifest
    /// itself names, which tells of an accident and not of a forger.
    public init(of archive: [UInt8], key: VerificationKey? = nil) {
        var verifier = Verifier()
        verifier.run(archive, key)
        manifest = verifier.manifest
        problems = verifier.problems
        isTrusted = verifier.problems.isEmpty && key != nil
    }
}

private struct Verifier {
    var manifest: BundleManifest?
    var problems: [BundleProblem] = []

    mutating func run(_ archive: [UInt8], _ key: VerificationKey?) {
        do throws(BundleProblem) {
            let files = try files(of: archive)
            guard let text = files[BundleManifest.path] else { throw .noManifest }
            guard let text else { throw .tampered(BundleManifest.path) }
            let manifest = try BundleManifest(decoding: text)
            self.manifest = manifest
            compare(files, manifest)
            check(files[BundleManifest.signaturePath], of: text, manifest, key)
        } catch {
            problems.append(error)
        }
    }

    /// The files by their path below the one directory; nil for one that is damaged.
    private mutating func files(
        of archive: [UInt8]
    ) throws(BundleProblem) -> [String: [UInt8]?] {
        var files: [String: [UInt8]?] = [:]
        var folder: Substring?
        for entry in try ZipReader.entries(of: archive) {
            if let reason = BundleFile.danger(of: entry.path) {
                problems.append(.unsafePath(entry.path, reason: reason))
                continue
            }
            guard !entry.isSpecial else {
                problems.append(.unsafePath(entry.path, reason: "it is no plain file"))
                continue
            }
            let parts = entry.path.split(separator: "/", maxSplits: 1)
            folder = folder ?? parts.first
            guard parts.count == 2, parts.first == folder else {
                problems.append(.added(entry.path))
                continue
            }
            let path = String(parts[1])
            if files.updateValue(entry.bytes, forKey: path) != nil {
                problems.append(.duplicated(path))
            }
        }
        return files
    }

    private mutating func compare(_ files: [String: [UInt8]?], _ manifest: BundleManifest) {
        var known = Set([BundleManifest.path, BundleManifest.signaturePath])
        for entry in manifest.files {
            known.insert(entry.path)
            guard let bytes = files[entry.path] else {
                problems.append(.missing(entry.path))
                continue
            }
            guard let bytes, SHA256Sum.text(of: bytes) == entry.sha256 else {
                problems.append(.tampered(entry.path))
                continue
            }
        }
        for path in files.keys.sorted() where !known.contains(path) {
            problems.append(.added(path))
        }
    }

    private mutating func check(
        _ signature: [UInt8]??, of text: [UInt8], _ manifest: BundleManifest,
        _ key: VerificationKey?
    ) {
        guard let signer = manifest.signer else {
            if key != nil { problems.append(.unsigned) }
            if signature != nil { problems.append(.added(BundleManifest.signaturePath)) }
            return
        }
        guard let signature else {
            problems.append(.missing(BundleManifest.signaturePath))
            return
        }
        if let key, key.text != signer {
            problems.append(.wrongKey(expected: key.text, found: signer.escaped))
            return
        }
        guard let key = key ?? VerificationKey(text: signer), let signature,
            key.accepts(signature, of: text)
        else {
            problems.append(.brokenSignature)
            return
        }
    }
}
