import Kernel

extension EvidenceDirectory {
    /// Writes a whole file beside `path` and renames it into place.
    ///
    /// It survives a crash of this process at once, one of the host only after a sync.
    public static func replace(_ path: String, with bytes: [UInt8]) throws {
        do {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let above = String(path.dropLast(name.count))
            // Who names a file trusts what leads to it, symbolic links too.
            let directory = try HeldDirectory(at: above.isEmpty ? "." : "\(above).")
            try directory.replace(name, with: bytes)
        } catch {
            throw DrillError("write \(path)", error)
        }
    }
}
