import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("Another user's undo records (needs root)")
struct ForeignRecordTests {
    @Test("are refused, and named for that user to revert")
    func foreign() async throws {
        let path = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        let directory = try StateDirectory(path)
        defer {
            _ = try? FileStatus.of(path).map {
                try DirectoryTree.remove(path, device: $0.device, inode: $0.inode)
            }
        }
        let victim = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        var file = try JournalFile(
            creating: "x.journal", in: directory,
            first: .header(
                JournalHeader(
                    drill: "x", process: ProcessIdentity(pid: victim.identity.pid, startTime: 1),
                    boot: BootIdentifier.current)))
        _ = try file.append(
            .push(
                UndoRecord(
                    identifier: "f1", summary: "end a process of somebody else",
                    reversal: .endSession(victim.identity))))
        try #require(chown(path, 12345, 12345) == 0)
        #expect {
            _ = try Reversion(directory: path)
        } throws: { "\($0)".contains("it belongs to user 12345") }
        #expect(UnsettledDrill.names(inForeign: path) == ["x"])
        #expect(ProcessTable.isAlive(victim.identity))
        _ = await victim.terminate(grace: .zero)
    }
}
