import Glibc
import Kernel
import Testing
import Undo

/// A guardian in a control group whose memory runs out.
@Suite("A guardian without memory (needs root)", .timeLimit(.minutes(1)))
struct GuardianMemoryTests {
    /// A group with a bound on its memory, by whichever hierarchy has the controller.
    private struct MemoryGroup {
        let path: String

        init(limit: Int) throws {
            let first = "/sys/fs/cgroup/memory"
            let isFirst = FileStatus.of(first) != nil
            let root = try #require(isFirst ? first : ControlGroup.root)
            if !isFirst { try Self.write("+memory", to: "\(root)/cgroup.subtree_control") }
            path = "\(root)/firedrill-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            try #require(mkdir(path, 0o755) == 0, "cannot make a control group: run as root")
            try Self.write(
                "\(limit)", to: "\(path)/\(isFirst ? "memory.limit_in_bytes" : "memory.max")")
        }

        func add(_ process: ProcessIdentity) throws {
            try Self.write("\(process.pid)", to: "\(path)/cgroup.procs")
        }

        func remove() async {
            for _ in 0..<500 where rmdir(path) != 0 {
                try? await Task.sleep(for: .milliseconds(10))
            }
            #expect(FileStatus.of(path) == nil)
        }

        private static func write(_ text: String, to path: String) throws {
            let file = try Descriptor.open(path, flags: O_WRONLY)
            let bytes = Array(text.utf8)
            try #require(Glibc.write(file.number, bytes, bytes.count) == bytes.count, "\(path)")
        }
    }

    @Test("is spared when the kernel ends others, and takes out what is on record")
    func spared() async throws {
        let scratch = try ScratchFileSystem()
        let work = "\(scratch.path)/work"
        try #require(mkdir(work, 0o700) == 0)
        let status = try #require(FileStatus.of(work))
        let group = try MemoryGroup(limit: 64 << 20)
        let program = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let journal = try await UndoJournal.start(
            directory: "\(scratch.path)/state", drill: "d",
            guardianExecutable: "/\(program)/.build/debug/firedrill-guardian")
        try group.add(journal.guardian)
        _ = try await journal.push(
            UndoRecord(
                identifier: "work", summary: "remove it",
                reversal: .removeDirectory(
                    path: work, device: status.device, inode: status.inode)))
        // It reads zeros without a line's end until there is no more memory for them.
        let glutton = try ChildProcess.spawn(
            .init(
                executable: "/bin/sh",
                arguments: ["-c", "echo $$ >\(group.path)/cgroup.procs && exec tail /dev/zero"],
                environment: ["PATH=/usr/bin:/bin"]))
        #expect(await glutton.wait(atMost: .seconds(30)) == .signaled(SIGKILL))
        _ = await glutton.terminate(grace: .zero)
        #expect(ProcessTable.isAlive(journal.guardian))
        let undone = await journal.finish()
        #expect(undone.map(\.isClean) == [true], "\(undone)")
        #expect(FileStatus.of(work) == nil)
        await group.remove()
    }
}
