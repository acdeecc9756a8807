import Glibc
import Kernel
import Records
import TestSupport
import Testing
import Undo

/// A guardian in a control group whose memory runs out.
@Suite("A guardian without memory (needs root)", .timeLimit(.minutes(1)))
struct GuardianMemoryTests {
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
