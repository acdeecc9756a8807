/// Why a bundle is not what it was when it was made; each with a sentence of its own.
public enum BundleProblem: Error, Sendable, Equatable, CustomStringConvertible {
    case notAnArchive(String)
    case tooLarge(String)
    /// A path that would be written beside the directory it is unpacked into.
    case unsafePath(String, reason: String)
    /// A path that stands in the archive more than once: unpackers differ in which they take.
    case duplicated(String)
    case noManifest
    case unreadableManifest(String)
    case tampered(String)
    case missing(String)
    case added(String)
    /// A key was given to verify with, and nobody signed.
    case unsigned
    /// It was signed with another key than the given one.
    case wrongKey(expected: String, found: String)
    case brokenSignature

    public var description: String {
        switch self {
        case .notAnArchive(let reason): "it is no zip archive that can be read: \(reason)"
        case .tooLarge(let reason): "it is too large: \(reason)"
        case .unsafePath(let path, let reason):
            "unsafe path '\(path.escaped)': \(reason); do not unpack it"
        case .duplicated(let path): "'\(path.escaped)' is in it more than once"
        case .noManifest: "manifest.json is missing: it is no bundle of a drill"
        case .unreadableManifest(let reason): "manifest.json cannot be read: \(reason)"
        case .tampered(let path): "'\(path.escaped)' was changed: its SHA-256 sum is another one"
        case .missing(let path): "'\(path.escaped)' is missing, and the manifest names it"
        case .added(let path): "'\(path.escaped)' was added: the manifest does not name it"
        case .unsigned: "it is not signed, and a key was given"
        case .wrongKey(let expected, let found):
            "it was signed with another key: the given one is \(expected), the signer's \(found)"
        case .brokenSignature: "manifest.sig is no signature of manifest.json by the given key"
        }
    }
}

extension String {
    /// The text with what a terminal would act on spelled out, at most 200 characters.
    var escaped: String {
        var text = ""
        for scalar in unicodeScalars.prefix(200) {
            let isControl = scalar.properties.generalCategory == .control
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text
    }
}
