import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("An undo journal")
struct UndoJournalTests {
    @Test("is gone without a trace when everything was closed")
    func clean() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        let reversal = try scratch.makeDirectory("ours")
        let receipt = try await journal.push(UndoRecord("f1", reversal))
        #expect(receipt.recordedAt <= receipt.acknowledgedAt)
        try await journal.close("f1")
        #expect(await journal.finish() == [])
        #expect(scratch.exists("ours"))
        #expect(Descriptor.names(in: scratch.state) == [])
        #expect(!ProcessTable.isAlive(journal.guardian))
        #expect(!ProcessTable.isAlive(journal.standby))
        await #expect(throws: UndoError.self) { try await journal.close("f1") }
    }

    @Test("gives what is open at the end to the guardian, newest first")
    func order() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        // The outer one can be removed only after the inner one: neither has a recorded inode.
        for name in ["outer", "outer/inner"] {
            let path = "\(scratch.path)/\(name)"
            let reversal = Reversal.removeDirectory(path: path, device: 0, inode: 0)
            _ = try await journal.push(UndoRecord(name, reversal))
            _ = try scratch.makeDirectory(name)
        }
        let undone = await journal.finish()
        #expect(undone.map(\.identifier) == ["outer/inner", "outer"])
        #expect(undone.allSatisfy { $0.isClean && $0.by == .guardian })
        #expect(!scratch.exists("outer"))
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    @Test("has no secret in what others write down of it, and the guardian needs none of ours")
    func secrets() async throws {
        let scratch = try Scratch()
        let journal = try await UndoJournal.start(
            directory: scratch.state, drill: "d", guardianExecutable: guardianExecutable,
            redact: { $0.replacing("hunter2", with: "(secret pw)") })
        let mark = "nothing has hunter2"
        let restart = ServiceRestart(
            command: ["/bin/false"], sign: .commandLine(mark), ended: [], count: 1,
            mountNamespace: nil)
        _ = try await journal.push(
            UndoRecord(
                identifier: "f1", summary: "start what has hunter2", reversal: .restart(restart)))
        let texts = await journal.finish().map { "\($0)" }
        #expect(!texts.isEmpty)
        #expect(texts.allSatisfy { !$0.contains("hunter2") }, "\(texts)")
        let titled = Reversal.restart(restart).titled { $0.replacing("hunter2", with: "(secret)") }
        guard case .restart(let kept) = titled else { throw CancellationError() }
        #expect(kept.sign == .commandLine(mark), "what is looked for stays")
        #expect(kept.comparison.what == "processes by command line /nothing has (secret)/")
    }

    @Test("takes many records at once, each acknowledged")
    func many() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        let receipts = try await withThrowingTaskGroup(of: UndoReceipt.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let record = UndoRecord("f\(index)", .kernel(lifetime: "test"))
                    let receipt = try await journal.push(record)
                    try await journal.close(record.identifier)
                    return receipt
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.count == 200)
        #expect(await journal.finish() == [])
    }

    @Test("has the guardian take out a record whose deadline lapses, and not a closed one")
    func deadline() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        let soon = BootClock.now + 2_000_000_000
        for (name, deadline) in [("closed", soon), ("lasting", nil), ("late", soon)] {
            let reversal = try scratch.makeDirectory(name)
            _ = try await journal.push(UndoRecord(name, reversal, deadline: deadline))
            if name == "closed" { try await journal.close(name) }
        }
        #expect(try await eventually { try await !journal.undone().isEmpty })
        #expect(!scratch.exists("late"))
        #expect(scratch.exists("closed"))
        #expect(scratch.exists("lasting"))
        try await journal.close("lasting")
        #expect(await journal.finish().map(\.identifier) == ["late"])
    }

    @Test("keeps a record whose deadline was postponed, with what it was updated to")
    func postponed() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        let soon = BootClock.now + 1_000_000_000
        let later = BootClock.now + 3_600_000_000_000
        for name in ["late", "postponed"] {
            _ = try await journal.push(UndoRecord(name, .kernel(lifetime: "x"), deadline: soon))
            try await journal.update(UndoRecord(name, try scratch.makeDirectory(name)))
        }
        try await journal.postpone("postponed", until: later)
        #expect(try await eventually { try await !journal.undone().isEmpty })
        #expect(!scratch.exists("late"))
        #expect(scratch.exists("postponed"))
        #expect(await journal.finish().map(\.identifier).sorted() == ["late", "postponed"])
        #expect(!scratch.exists("postponed"))
    }

    @Test("postpones no record that is not open")
    func unknown() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        _ = try await journal.push(UndoRecord("f1", .kernel(lifetime: "test")))
        try await journal.close("f1")
        await #expect(throws: UndoError.self) { try await journal.postpone("f1", until: 1) }
        #expect(await journal.finish() == [])
    }

    @Test("notices the death of its guardian, takes no more records, and has the standby clean up")
    func guardianDeath() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        _ = try await journal.push(UndoRecord("f1", try scratch.makeDirectory("ours")))
        async let died = journal.guardianDied()
        try ProcessHandle(journal.guardian).signal(SIGKILL)
        #expect(await died)
        await #expect(throws: UndoError.self) {
            try await journal.push(UndoRecord("f2", .kernel(lifetime: "test")))
        }
        let undone = await journal.finish()
        #expect(Set(undone.map(\.identifier)) == ["f1", "f2"])
        #expect(undone.allSatisfy { $0.by == .guardian && $0.isClean })
        #expect(!scratch.exists("ours"))
    }

    @Test("cleans up by itself when both its guardian and the standby have died")
    func alone() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        _ = try await journal.push(UndoRecord("f1", try scratch.makeDirectory("ours")))
        for process in [journal.standby, journal.guardian] {
            try ProcessHandle(process).signal(SIGKILL)
        }
        #expect(await journal.guardianLeaves())
        let undone = await journal.finish()
        #expect(undone.map(\.identifier) == ["f1"])
        #expect(undone.allSatisfy { $0.by == .revert && $0.isClean })
        #expect(!scratch.exists("ours"))
    }

    @Test("does not call a finished or cancelled watch over its guardian a death")
    func guardianEnd() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        let cancelled = Task { await journal.guardianDied() }
        let watch = Task { await journal.guardianDied() }
        cancelled.cancel()
        #expect(await cancelled.value == false)
        _ = await journal.finish()
        #expect(await watch.value == false)
    }

    @Test("loses its guardian to SIGTERM only after everything is out, and never to SIGINT")
    func signals() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        _ = try await journal.push(UndoRecord("f1", try scratch.makeDirectory("ours")))
        let guardian = try ProcessHandle(journal.guardian)
        try guardian.signal(SIGINT)
        try guardian.signal(SIGHUP)
        try await journal.update(UndoRecord("f1", try scratch.makeDirectory("other")))
        try guardian.signal(SIGTERM)
        #expect(await journal.guardianDied())
        #expect(!scratch.exists("other"))
        #expect(await journal.finish().map(\.by) == [.guardian])
    }

    @Test("is not started twice for one drill, nor without a guardian, nor under a bad name")
    func starts() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        await #expect(throws: KernelError.self) { try await start(scratch) }
        await #expect(throws: KernelError.self) {
            try await UndoJournal.start(
                directory: scratch.state, drill: "e", guardianExecutable: "/nonexistent")
        }
        await #expect(throws: UndoError.self) {
            try await UndoJournal.start(
                directory: scratch.state, drill: "f", guardianExecutable: "/bin/true")
        }
        for name in ["", "../x", ".hidden", "a b"] {
            await #expect(throws: UndoError.self) {
                try await UndoJournal.start(
                    directory: scratch.state, drill: name, guardianExecutable: guardianExecutable)
            }
        }
        _ = await journal.finish()
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    @Test("whose guardian comes up after a revert has removed it is not brought back")
    func lateGuardian() async throws {
        let scratch = try Scratch()
        _ = try StateDirectory(scratch.state)
        let guardian = try ChildProcess.spawn(
            .init(executable: guardianExecutable, arguments: ["\(scratch.state)/d.journal"]))
        #expect(await guardian.wait() == .exited(7))
        let standby = try ChildProcess.spawn(
            .init(
                executable: guardianExecutable,
                arguments: ["--standby", "\(scratch.state)/d.journal", "1", "0"]))
        #expect(await standby.wait() == .exited(7))
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    @Test("refuses a state directory that others may enter, or that is a link")
    func directory() throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("state")
        #expect(chmod(scratch.state, 0o755) == 0)
        #expect(throws: UndoError.self) { try StateDirectory(scratch.state) }
        #expect(chmod(scratch.state, 0o700) == 0)
        #expect(throws: Never.self) { try StateDirectory(scratch.state) }
        #expect(symlink(scratch.state, "\(scratch.path)/link") == 0)
        #expect(throws: KernelError.self) { try StateDirectory("\(scratch.path)/link") }
    }

    private func start(_ scratch: Scratch) async throws -> UndoJournal {
        try await UndoJournal.start(
            directory: scratch.state, drill: "d", guardianExecutable: guardianExecutable)
    }
}
