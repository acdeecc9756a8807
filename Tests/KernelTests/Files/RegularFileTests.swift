import Glibc
import Kernel
import TestSupport
import Testing

@Suite("A file that may be anybody's")
struct RegularFileTests {
    /// Calls `body` with an empty directory, which is removed then.
    private func scratch(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        try #require(mkdir(path, 0o700) == 0)
        let status = try #require(FileStatus.of(path))
        defer {
            _ = try? DirectoryTree.remove(path, device: status.device, inode: status.inode)
        }
        try await body(path)
    }

    @Test("is opened when it is a regular one, and refused at once when it is something else")
    func kinds() async throws {
        try await scratch { path in
            let file = try Descriptor.open(
                "\(path)/file", flags: O_CREAT | O_WRONLY, mode: 0o600)
            try file.writeDurably([1, 2, 3], at: 0)
            #expect(try Descriptor.openRegular("\(path)/file").readAll() == [1, 2, 3])
            #expect(try file.status().size == 3)
            try #require(symlink("\(path)/file", "\(path)/link") == 0)
            try #require(mkdir("\(path)/directory", 0o700) == 0)
            for name in ["link", "directory", "absent"] {
                #expect(throws: KernelError.self, "\(name)") {
                    try Descriptor.openRegular("\(path)/\(name)")
                }
            }
            let pipe = try NamedPipe(at: "\(path)/pipe")
            #expect {
                try Descriptor.openRegular(pipe.path)
            } throws: { "\($0)".contains("it is not a regular file; remove it") }
            #expect(await !pipe.hasHeldSomebodyUp())
        }
    }

    @Test("names no process when it is a pipe where a pid file should be, and holds nobody up")
    func pidFile() async throws {
        try await scratch { path in
            let pipe = try NamedPipe(at: "\(path)/service.pid")
            #expect(ProcessTable.named(byFile: pipe.path) == nil)
            #expect(await !pipe.hasHeldSomebodyUp())
        }
    }
}
