import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("What a drill that died leaves to the next")
struct SettledDrillTests {
    /// A journal of a process that has ended, with a record of a directory that is there.
    private func leaveJournal(
        _ scratch: Scratch, boot: String = BootIdentifier.current
    ) async throws -> UndoRecord {
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        let header = JournalHeader(drill: "d", process: child.identity, boot: boot)
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(scratch.state), first: .header(header))
        let record = UndoRecord("a", try scratch.makeDirectory("a"))
        _ = try file.append(.push(record))
        return record
    }

    @Test("is unsettled while a record is open, and says which")
    func open() async throws {
        let scratch = try Scratch()
        _ = try await leaveJournal(scratch)
        let reversion = try Reversion(directory: scratch.state)
        #expect(reversion.unsettledDrills().map(\.drill) == ["d"])
        #expect(reversion.unsettledDrills()[0].reasons == ["not done: take out a"])
        #expect(!reversion.unsettledDrills()[0].remedy.contains("--forget"))
        #expect(reversion.forgetSettled() == [])
        #expect(scratch.exists("a"))
    }

    @Test("is settled when its guardian has taken everything out, and can then be forgotten")
    func settled() async throws {
        let scratch = try Scratch()
        let record = try await leaveJournal(scratch)
        var undone = try JournalFile(
            creating: "d.undone", in: StateDirectory(scratch.state), first: nil)
        _ = Replay(actor: .guardian).run([record], notes: &undone)
        let reversion = try Reversion(directory: scratch.state)
        #expect(reversion.unsettledDrills() == [])
        #expect(reversion.forgetSettled() == ["d"])
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    @Test("is unsettled when the journal cannot be relied on")
    func damaged() async throws {
        let scratch = try Scratch()
        let state = try StateDirectory(scratch.state)
        let file = try Descriptor.open(
            "d.journal", below: state.descriptor, flags: O_CREAT | O_WRONLY, mode: 0o600)
        try file.writeDurably(Array("not a journal\nnor this\n\n".utf8), at: 0)
        let reversion = try Reversion(directory: scratch.state)
        let left = try #require(reversion.unsettledDrills().first)
        #expect(left.drill == "d" && left.isDamaged)
        #expect(left.remedy.contains("`firedrill revert --forget d` removes its journal"))
        #expect(reversion.forgetSettled() == [])
        #expect(Descriptor.names(in: scratch.state) == ["d.journal"])
    }

    @Test("is not this boot's to undo, but for directories")
    func reboot() async throws {
        let scratch = try Scratch()
        _ = try await leaveJournal(scratch, boot: "another")
        #expect(try Reversion(directory: scratch.state).unsettledDrills().count == 1)
    }

    @Test("stays its own while it lives")
    func living() throws {
        let scratch = try Scratch()
        let own = try #require(ProcessTable.identity(of: getpid()))
        let header = JournalHeader(drill: "d", process: own, boot: BootIdentifier.current)
        _ = try JournalFile(
            creating: "d.journal", in: StateDirectory(scratch.state), first: .header(header))
        let reversion = try Reversion(directory: scratch.state)
        #expect(reversion.unsettledDrills() == [])
        #expect(reversion.forgetSettled() == [])
        #expect(Descriptor.names(in: scratch.state) == ["d.journal"])
    }
}
