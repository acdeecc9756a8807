import Glibc
import Testing

@testable import Kernel

@Suite("The disk")
struct DiskTests {
    @Test("takes the files that exist, and refuses a directory that does not")
    func sync() throws {
        var template = Array("/tmp/firedrill-sync-XXXXXX".utf8CString)
        let path = String(cString: try #require(mkdtemp(&template)))
        defer {
            unlink("\(path)/there")
            rmdir(path)
        }
        let file = try Descriptor.open("\(path)/there", flags: O_WRONLY | O_CREAT, mode: 0o600)
        try file.writeDurably([1, 2, 3], at: 0)
        try FileSync.sync(["there", "missing"], in: path)
        let error = #expect(throws: KernelError.self) {
            try FileSync.sync(["there"], in: "/nonexistent")
        }
        #expect(error?.number == ENOENT)
    }

    @Test("has statistics that add up")
    func statistics() throws {
        for path in ["/", "/tmp", "/dev/shm", "/etc/hostname"] {
            let statistics = try FileSystem.statistics(at: path)
            #expect(statistics.totalBytes >= statistics.freeBytes)
            #expect(statistics.freeBytes >= statistics.availableBytes)
            #expect(statistics.blockBytes >= 512)
        }
        #expect(try FileSystem.statistics(at: "/dev/shm").type == "tmpfs")
        let error = #expect(throws: KernelError.self) {
            try FileSystem.statistics(at: "/nonexistent")
        }
        #expect(error?.number == ENOENT)
    }

    @Test("knows where a path is mounted")
    func mountPoint() {
        #expect(FileSystem.mountPoint(of: "/dev/shm") == "/dev/shm")
        #expect(FileSystem.mountPoint(of: "/proc/self/status") == "/proc")
        #expect(FileSystem.mountPoint(of: "/nonexistent") == nil)
        let table = """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            30 20 0:5 / /data rw - tmpfs none rw
            31 20 0:6 / /data/a\\040b rw - tmpfs none rw
            """
        #expect(FileSystem.mountPoint(of: "/data", in: table) == "/data")
        #expect(FileSystem.mountPoint(of: "/database", in: table) == "/")
        #expect(FileSystem.mountPoint(of: "/data/a b/c", in: table) == "/data/a b")
        #expect(FileSystem.mountPoint(of: "/data/ab", in: table) == "/data")
    }

    @Test("gives a ballast what it asks for, and gets it back")
    func ballast() throws {
        let ballast = try Ballast(directory: "/dev/shm")
        #expect(try ballast.grow(to: 1 << 20) == 1 << 20)
        #expect(try ballast.grow(to: 3 << 20) == 3 << 20)
        #expect(try ballast.grow(to: 1 << 20) == 3 << 20)
        #expect(ballast.allocatedBytes == 3 << 20)
        ballast.release()
        ballast.release()
        #expect(ballast.allocatedBytes == 0)
        #expect(throws: KernelError.self) { try ballast.grow(to: 1) }
    }

    @Test("refuses a ballast where there is no directory")
    func noDirectory() {
        let error = #expect(throws: KernelError.self) { try Ballast(directory: "/nonexistent") }
        #expect(error?.number == ENOENT)
    }
}
