import FoundationEssentials
import Kernel

/// A file of the host over which another is laid, in the drill's mount namespace alone.
struct CoveredFile {
    let path: String
    let prior: String
    let ours: String
    private(set) var isCovered = false

    init(path: String, prior: String, ours: String) {
        self.path = path
        self.prior = prior
        self.ours = ours
    }

    /// What the file says as the testbed sees it; nil when it cannot be read.
    static func text(of path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    /// Lays ours over it; throws when it is not as it was, for another fault may be at it.
    mutating func cover() throws {
        guard Self.text(of: path) == prior else {
            throw FaultError(
                attempted: "lay another file over it", object: path,
                reason: "it has changed since its prior state was read",
                remedy: "let one network.dns follow the other")
        }
        try MountNamespace.cover(path, with: ours)
        isCovered = true
    }

    func readBack() throws {
        guard Self.text(of: path) != ours else { return }
        throw FaultError(
            attempted: "read it back", object: path,
            reason: "it is not what was laid over it")
    }

    /// Shows the host's own again; a file that the host has replaced meanwhile is not covered.
    mutating func uncover() throws {
        guard isCovered else { return }
        if Self.text(of: path) == ours { try MountNamespace.unmount(path) }
        isCovered = false
    }
}
