/// One file of a bundle.
public struct BundleFile: Sendable, Equatable {
    /// Its path in the bundle, parts separated by `/`.
    public var path: String
    public var bytes: [UInt8]

    public init(_ path: String, _ bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Why a path must not be unpacked below a directory; nil when it is harmless.
    ///
    /// Absolute paths, `..`, backslashes, drives and control characters are how an archive writes
    /// beside the directory that it is unpacked into ("zip slip", CWE-22).
    static func danger(of path: String) -> String? {
        if path.isEmpty { return "it is empty" }
        if path.utf8.count > 512 { return "it is longer than 512 bytes" }
        if path.hasPrefix("/") { return "it is absolute" }
        if path.contains("\\") || path.contains(":") { return "it has a backslash or a colon" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "it has a control character"
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("..") { return "it leads out of the directory" }
        if parts.contains("") || parts.contains(".") { return "it is no plain path" }
        return nil
    }
}
