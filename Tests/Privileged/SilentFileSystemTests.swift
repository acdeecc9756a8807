import Glibc
import Kernel
import Testing

/// A file system that never answers, as one whose server is gone, with a process that has it open.
@Suite("A file system that does not answer (needs root)", .timeLimit(.minutes(1)))
struct SilentFileSystemTests {
    @Test("keeps nobody who looks for the holders of a ballast")
    func holders() async throws {
        let directory = "/tmp/firedrill-silent-\(UInt64.random(in: 0 ... .max))"
        try #require(mkdir(directory, 0o700) == 0)
        defer { rmdir(directory) }
        let answerer = try Descriptor.open("/dev/fuse", flags: O_RDWR)
        let options = "fd=\(answerer.number),rootmode=40000,user_id=0,group_id=0"
        try #require(mount("silent", directory, "fuse", UInt(MS_NOSUID | MS_NODEV), options) == 0)
        defer { umount2(directory, Int32(MNT_DETACH)) }
        // O_PATH, by which nothing is asked for: a mount knows its root without asking.
        let held = try Descriptor.open(directory, flags: Int32(0o10_000_000))
        let holder = try ChildProcess.spawn(
            .init(
                executable: "/bin/sleep", arguments: ["600"],
                inheritedDescriptors: [5: held.number]))
        let file = try Descriptor.openUnnamed(in: "/tmp")
        let status = try file.status()
        // Ends the file system, and with it a look that hangs in it.
        let rescue = Task.detached {
            do { try await Task.sleep(for: .seconds(20)) } catch { return false }
            umount2(directory, Int32(MNT_FORCE))
            return true
        }
        #expect(
            ProcessTable.holders(ofDevice: status.device, inode: status.inode).contains {
                $0.pid == getpid()
            })
        rescue.cancel()
        #expect(await !rescue.value, "the look has hung")
        _ = await holder.terminate(grace: .zero)
        withExtendedLifetime((answerer, held, file)) {}
    }
}
