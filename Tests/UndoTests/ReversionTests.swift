import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("firedrill revert")
struct ReversionTests {
    /// The identity of a process that has ended.
    private func deadProcess() async throws -> ProcessIdentity {
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        return child.identity
    }

    /// A journal that a drill without a guardian left; returns its path.
    private func leaveJournal(
        _ scratch: Scratch, process: ProcessIdentity, _ records: [UndoRecord]
    ) throws -> String {
        let header = JournalHeader(drill: "d", process: process, boot: BootIdentifier.current)
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(scratch.state), first: .header(header))
        for record in records { _ = try file.append(.push(record)) }
        return file.path
    }

    @Test("takes out what a dead drill left, newest first, once")
    func dead() async throws {
        let scratch = try Scratch()
        let records = try ["a", "b"].map { UndoRecord($0, try scratch.makeDirectory($0)) }
        _ = try leaveJournal(scratch, process: try await deadProcess(), records)
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.clean])
        #expect(findings[0].undone.map(\.identifier) == ["b", "a"])
        #expect(!scratch.exists("a") && !scratch.exists("b"))
        #expect(try Reversion(directory: scratch.state).run() == [])
    }

    @Test("leaves a living drill alone")
    func living() throws {
        let scratch = try Scratch()
        let own = try #require(ProcessTable.identity(of: getpid()))
        let record = UndoRecord("a", try scratch.makeDirectory("a"))
        _ = try leaveJournal(scratch, process: own, [record])
        for _ in 1...2 {
            let findings = try Reversion(directory: scratch.state).run()
            #expect(findings.map(\.state) == [.living])
        }
        #expect(scratch.exists("a"))
    }

    @Test("says what would not come out, and tries it again the next time")
    func residual() async throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/full"
        let record = UndoRecord("a", .removeDirectory(path: path, device: 0, inode: 0))
        _ = try scratch.makeDirectory("full")
        _ = try scratch.makeDirectory("full/content")
        _ = try leaveJournal(scratch, process: try await deadProcess(), [record])
        let first = try Reversion(directory: scratch.state).run()
        #expect(first.map(\.state) == [.residual])
        #expect(first[0].undone.first?.failure?.contains("rmdir") == true)
        #expect(rmdir("\(path)/content") == 0)
        let second = try Reversion(directory: scratch.state).run()
        #expect(second.map(\.state) == [.clean])
        #expect(second[0].undone.count == 1)
        #expect(!scratch.exists("full"))
    }

    @Test("does what a damaged journal still says, reports the damage, and keeps the journal")
    func damaged() async throws {
        let scratch = try Scratch()
        let records = try ["a", "b", "c"].map { UndoRecord($0, try scratch.makeDirectory($0)) }
        let path = try leaveJournal(scratch, process: try await deadProcess(), records)
        let file = try Descriptor.open(path, flags: O_RDWR)
        let bytes = try file.readAll()
        let lines = bytes.split(separator: 0x0a)
        // The push of "b" is the third line.
        try file.writeDurably([0x21], at: lines[2].startIndex + 40)
        for _ in 1...2 {
            let findings = try Reversion(directory: scratch.state).run()
            #expect(findings.map(\.state) == [.damaged])
            #expect(findings[0].damage.first == "line 3 is corrupt")
            #expect(findings[0].undone.map(\.identifier) == ["c", "a"])
        }
        #expect(scratch.exists("b"))
        #expect(!scratch.exists("a") && !scratch.exists("c"))
    }

    @Test("does what a journal with a damaged first line says, and forgets it when told to")
    func headless() async throws {
        let scratch = try Scratch()
        let victim = try Victim(marker: "headless")
        let pid = victim.process.identity.pid
        try victim.process.signal(SIGSTOP)
        #expect(await eventually { ProcessTable.state(of: pid) == "T" })
        let path = try leaveJournal(
            scratch, process: try await deadProcess(),
            [UndoRecord("f1", .resume(victim.process.identity))])
        let file = try Descriptor.open(path, flags: O_RDWR)
        try file.writeDurably([0x21], at: 40)
        let reversion = try Reversion(directory: scratch.state)
        #expect(
            reversion.unsettledDrills().first?.reasons.contains("not done: take out f1") == true)
        let findings = reversion.run()
        #expect(findings.map(\.state) == [.damaged])
        #expect(findings.first?.damage.first == "line 1 is corrupt")
        #expect(findings.first?.undone.map(\.isVerified) == [true])
        #expect(ProcessTable.state(of: pid) != "T")
        #expect(throws: UndoError.self) { try reversion.forget("another") }
        #expect(try reversion.forget("d").state == .damaged)
        #expect(Descriptor.names(in: scratch.state) == [])
        await victim.end()
    }

    @Test("does not forget a drill that lives")
    func unforgotten() throws {
        let scratch = try Scratch()
        let own = try #require(ProcessTable.identity(of: getpid()))
        _ = try leaveJournal(scratch, process: own, [])
        let reversion = try Reversion(directory: scratch.state)
        #expect(throws: UndoError.self) { try reversion.forget("d") }
        #expect(Descriptor.names(in: scratch.state).contains("d.journal"))
    }
}
