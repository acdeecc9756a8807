import Glibc
import Kernel
import Testing

/// A tmpfs of one test on a directory of its own, unmounted and removed with it.
final class ScratchFileSystem: Sendable {
    let path: String

    /// Needs root.
    init() throws {
        path = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        try #require(mkdir(path, 0o700) == 0)
        try MountNamespace.mountTemporary(at: path, size: 64 << 20)
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}
