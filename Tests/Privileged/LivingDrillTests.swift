import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("Finding the drills that run")
struct LivingDrillTests {
    @Test("A journal in which a user names another user's process is not believed")
    func foreign() throws {
        let name = String(UInt64.random(in: 0 ... .max), radix: 16)
        let path = "/tmp/firedrill-test-\(name)"
        let directory = try StateDirectory(path)
        defer {
            _ = try? FileStatus.of(path).map {
                try DirectoryTree.remove(path, device: $0.device, inode: $0.inode)
            }
        }
        let first = try #require(ProcessTable.identity(of: 1))
        _ = try JournalFile(
            creating: "x.journal", in: directory,
            first: .header(
                JournalHeader(drill: "x", process: first, boot: BootIdentifier.current)))
        #expect(LivingDrill.all(in: [path]).count == 1)
        try #require(chown(path, 12345, 12345) == 0)
        #expect(LivingDrill.all(in: [path]).isEmpty)
    }
}
