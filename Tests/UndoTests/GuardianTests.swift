import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("A guardian")
struct GuardianTests {
    @Test("ends a drill that hangs when only its end takes out what is overdue, and says why")
    func deadline() async throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("evidence")
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, state = state as String] in
            let journal = try await UndoJournal.start(
                directory: state, drill: "d", guardianExecutable: guardianExecutable,
                evidence: "\(path)/evidence")
            _ = try await journal.push(
                UndoRecord("work", .removeDirectory(path: "\(path)/work", device: 0, inode: 0)))
            guard mkdir("\(path)/work", 0o700) == 0 else { return }
            _ = try await journal.push(
                UndoRecord(
                    "f1", .kernel(lifetime: "test", witnesses: .endOfThisProcess),
                    deadline: BootClock.now + 300_000_000))
            // As if somebody had stopped it by hand.
            // Without the journal its lifeline would end, and the guardian take this process for dead.
            withExtendedLifetime(journal) {
                kill(getpid(), SIGSTOP)
                // The signal may be another thread's to take, a moment later.
                sleep(60)
            }
        }
        let journal = "\(scratch.state)/d.journal"
        #expect(await eventually { processes(marked: journal).isEmpty })
        #expect(!scratch.exists("work"))
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.clean], "\(findings)")
        #expect(findings.first?.undone.map(\.identifier) == ["work", "f1"])
        #expect(findings.first?.undone.allSatisfy(\.isVerified) == true)
        let note = try #require(findings.first?.notes.first)
        #expect(note.contains("killed the drill: the deadline of f1"))
        let entries = try testimony(scratch)
        #expect(entries.first == .note(note))
        #expect(entries.count == 3, "\(entries)")
    }

    @Test("that is told to end ends a drill that does not get on with its own undo, and says why")
    func late() async throws {
        let scratch = try Scratch()
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, state = state as String] in
            let journal = try await UndoJournal.start(
                directory: state, drill: "d", guardianExecutable: guardianExecutable)
            _ = try await journal.push(
                UndoRecord("work", .removeDirectory(path: "\(path)/work", device: 0, inode: 0)))
            guard mkdir("\(path)/work", 0o700) == 0 else { return }
            _ = try await journal.push(
                UndoRecord("f1", .kernel(lifetime: "test", witnesses: .endOfThisProcess)))
            try ProcessHandle(journal.guardian).signal(SIGTERM)
            withExtendedLifetime(journal) { _ = sleep(120) }
        }
        let journal = "\(scratch.state)/d.journal"
        #expect(await eventually { processes(marked: journal).isEmpty })
        #expect(!scratch.exists("work"))
        let finding = try #require(try Reversion(directory: scratch.state).run().first)
        #expect(finding.state == .clean)
        #expect(finding.undone.map(\.identifier) == ["work", "f1"])
        let note = try #require(finding.notes.first)
        #expect(note.contains("killed the drill: its guardian was told to end"), "\(note)")
    }

    @Test("that is told to end lets the drill undo first, in its own order")
    func farewell() async throws {
        let scratch = try Scratch()
        let journal = try await UndoJournal.start(
            directory: scratch.state, drill: "d", guardianExecutable: guardianExecutable)
        _ = try await journal.push(UndoRecord("f1", try scratch.makeDirectory("ours")))
        #expect(await journal.isGuarded())
        async let leaves = journal.guardianLeaves()
        try ProcessHandle(journal.guardian).signal(SIGTERM)
        #expect(await leaves)
        #expect(await !journal.isGuarded())
        try await Task.sleep(for: .seconds(1))
        #expect(ProcessTable.isAlive(journal.guardian))
        #expect(scratch.exists("ours"))
        try await journal.close("f1")
        #expect(await journal.finish() == [])
        #expect(scratch.exists("ours"))
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    @Test("does not write into evidence that is a link, has a second name, or was replaced")
    func evidence() throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("evidence")
        let place = try #require(DrillEvidence("\(scratch.path)/evidence"))
        let file = "\(scratch.path)/evidence/undone.jsonl"
        try place.add([.note("one")])
        try place.add([.note("one"), .note("two")])
        #expect(try testimony(scratch) == [.note("one"), .note("two")])
        #expect(link(file, "\(scratch.path)/second") == 0)
        #expect(throws: UndoError.self) { try place.add([.note("three")]) }
        #expect(unlink(file) == 0)
        #expect(symlink("\(scratch.path)/second", file) == 0)
        #expect(throws: KernelError.self) { try place.add([.note("three")]) }
        #expect(unlink(file) == 0)
        #expect(rename("\(scratch.path)/evidence", "\(scratch.path)/moved") == 0)
        _ = try scratch.makeDirectory("evidence")
        #expect(throws: UndoError.self) { try place.add([.note("three")]) }
        #expect(!scratch.exists("evidence/undone.jsonl"))
    }
}
