import Glibc
import Kernel
import Testing

@Suite("A path that another user could lead elsewhere (needs root)")
struct TrustedPathTests {
    private static let stranger: UInt32 = 12_345

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        try #require(mkdir(path, 0o755) == 0)
        defer {
            _ = try? FileStatus.of(path).map {
                try DirectoryTree.remove(path, device: $0.device, inode: $0.inode)
            }
        }
        try body(path)
    }

    private func make(_ path: String, owner: UInt32 = 0, group: UInt32 = 0, mode: mode_t) throws {
        try #require(mkdir(path, 0o700) == 0 && chown(path, owner, group) == 0)
        try #require(chmod(path, mode) == 0)
    }

    @Test("is refused when the directory, or one above it, is another user's")
    func owner() throws {
        try withDirectory { root in
            try make("\(root)/theirs", owner: Self.stranger, mode: 0o755)
            try make("\(root)/theirs/ours", mode: 0o700)
            for path in ["theirs", "theirs/ours", "theirs/new"] {
                #expect {
                    _ = try TrustedPath().openDirectory("\(root)/\(path)")
                } throws: { "\($0)".contains("theirs: it belongs to user 12345") }
            }
            #expect(Descriptor.names(in: "\(root)/theirs") == ["ours"])
            // As for whoever has called sudo.
            let trusting = TrustedPath(trusting: [Self.stranger])
            #expect(try trusting.openDirectory("\(root)/theirs/ours").path == "\(root)/theirs/ours")
        }
    }

    @Test("is refused when a group with others in it may write there")
    func group() throws {
        try withDirectory { root in
            try make("\(root)/shared", group: Self.stranger, mode: 0o775)
            try make("\(root)/own", group: 0, mode: 0o775)
            #expect {
                _ = try TrustedPath().openDirectory("\(root)/shared")
            } throws: { "\($0)".contains("shared: the group 12345 may write to it") }
            _ = try TrustedPath().openDirectory("\(root)/own")
        }
    }

    @Test("is refused where a link of another user's leads, in a directory like /tmp")
    func link() throws {
        try withDirectory { root in
            try make("\(root)/sticky", mode: 0o1777)
            try make("\(root)/real", mode: 0o755)
            let link = "\(root)/sticky/link"
            try #require(symlink("\(root)/real", link) == 0)
            _ = try TrustedPath().openDirectory("\(link)/evidence")
            try #require(lchown(link, Self.stranger, Self.stranger) == 0)
            #expect {
                _ = try TrustedPath().openDirectory("\(link)/evidence")
            } throws: { "\($0)".contains("it is a symbolic link of user 12345") }
        }
    }
}
