import Glibc
import Kernel
import Records
import TestSupport
import Testing

@testable import Undo

@Suite("A journal that no drill of ours wrote")
struct StrangeJournalTests {
    private func header(_ boot: String = BootIdentifier.current) -> JournalEntry {
        let dead = ProcessIdentity(pid: getpid(), startTime: 1)
        return .header(JournalHeader(drill: "d", process: dead, boot: boot))
    }

    @Test("holds nobody up when it is a pipe")
    func pipe() async throws {
        let scratch = try Scratch()
        let reversion = try Reversion(directory: scratch.state)
        let pipe = try NamedPipe(at: "\(scratch.state)/d.journal")
        #expect(LivingDrill.all(in: [scratch.state]).isEmpty)
        #expect(UnsettledDrill.names(inForeign: scratch.state) == ["d"])
        #expect(reversion.unsettledDrills().map(\.drill) == ["d"])
        let findings = reversion.run()
        #expect(findings.map(\.state) == [.damaged])
        #expect(findings.first?.damage.first?.contains("it is not a regular file") == true)
        #expect(await !pipe.hasHeldSomebodyUp())
        #expect(try reversion.forget("d").state == .damaged)
        #expect(!scratch.exists("state/d.journal"))
    }

    @Test("holds nobody up when what was undone is a pipe")
    func undonePipe() async throws {
        let scratch = try Scratch()
        _ = try JournalFile(
            creating: "d.journal", in: StateDirectory(scratch.state), first: header())
        let pipe = try NamedPipe(at: "\(scratch.state)/d.undone")
        let reversion = try Reversion(directory: scratch.state)
        #expect(reversion.unsettledDrills() == [])
        #expect(reversion.run().map(\.state) == [.damaged])
        #expect(await !pipe.hasHeldSomebodyUp())
    }

    @Test("is read no further than any of ours goes, and is damaged behind that")
    func long() throws {
        let scratch = try Scratch()
        let state = try StateDirectory(scratch.state)
        var file = try JournalFile(creating: "d.journal", in: state, first: header())
        _ = try file.append(.push(UndoRecord("a", try scratch.makeDirectory("a"))))
        let path = "\(scratch.state)/d.journal"
        try #require(truncate(path, off_t(JournalFile.limit)) == 0)
        #expect(try JournalFile.read("d.journal", in: state).damage == [])
        try #require(truncate(path, off_t(1) << 40) == 0)
        let contents = try JournalFile.read("d.journal", in: state)
        #expect(contents.damage.count == 1)
        #expect(contents.openRecords().map(\.identifier) == ["a"])
        #expect(try JournalFile.header(of: "d.journal", in: state)?.drill == "d")
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.damaged])
        #expect(findings.first?.undone.map(\.isClean) == [true])
    }

    @Test("is what ours do not become: a drill may write no more than is read")
    func full() throws {
        let scratch = try Scratch()
        let state = try StateDirectory(scratch.state)
        var file = try JournalFile(creating: "d.journal", in: state, first: header())
        let note = JournalEntry.note(String(repeating: "x", count: 8 << 20))
        for _ in 1...7 { _ = try file.append(note) }
        #expect {
            _ = try file.append(note)
        } throws: { "\($0)".contains("no journal has more than \(JournalFile.limit) bytes") }
        _ = try file.append(.push(UndoRecord("a", .resume(ProcessIdentity(pid: 1, startTime: 1)))))
        let contents = try JournalFile.read("d.journal", in: state)
        #expect(contents.damage == [])
        #expect(contents.lastSequence == 9)
    }
}
