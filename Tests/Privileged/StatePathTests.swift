import Glibc
import Kernel
import Testing
import Undo

@Suite("A state directory is refused (needs root)")
struct StatePathTests {
    @Test(
        "when somebody else could lead its path elsewhere",
        arguments: ["link/state", "link/a/b", "theirs/state", "open/state", "open/a/state"])
    func path(path: String) throws {
        let scratch = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        try #require(mkdir(scratch, 0o700) == 0)
        defer {
            _ = try? FileStatus.of(scratch).map {
                try DirectoryTree.remove(scratch, device: $0.device, inode: $0.inode)
            }
        }
        for name in ["there", "theirs", "open"] {
            try #require(mkdir("\(scratch)/\(name)", 0o700) == 0)
        }
        try #require(symlink("\(scratch)/there", "\(scratch)/link") == 0)
        try #require(lchown("\(scratch)/link", 65534, 65534) == 0)
        try #require(chown("\(scratch)/theirs", 65534, 65534) == 0)
        try #require(chmod("\(scratch)/open", 0o777) == 0)
        #expect {
            _ = try StateDirectory("\(scratch)/\(path)")
        } throws: { "\($0)".contains("who may replace it could") }
        #expect(Descriptor.names(in: "\(scratch)/there") == [])
    }
}
