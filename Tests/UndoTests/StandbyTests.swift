import FoundationEssentials
import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("A standby", .timeLimit(.minutes(2)))
struct StandbyTests {
    /// A drill with something to undo, and its guardian, are killed in this order.
    enum Order: String, CaseIterable, Sendable {
        case guardianFirst = "kill -9 $1; sleep 0.05; kill -9 $0"
        case drillFirst = "kill -9 $0; kill -9 $1"
        case together = "kill -9 $1 $0"
    }

    @Test(
        "takes everything out when the drill and its guardian are killed, in whichever order",
        arguments: Order.allCases, 0..<4)
    func bothKilled(order: Order, number: Int) async throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("evidence")
        let (path, state, script) = (scratch.path, scratch.state, order.rawValue)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, state = state as String, script = script as String] in
            let journal = try await UndoJournal.start(
                directory: state, drill: "d", guardianExecutable: guardianExecutable,
                evidence: "\(path)/evidence")
            for name in ["one", "two", "three"] {
                let directory = "\(path)/\(name)"
                _ = try await journal.push(
                    UndoRecord(name, .removeDirectory(path: directory, device: 0, inode: 0)))
                guard mkdir(directory, 0o700) == 0 else { return }
            }
            _ = try ChildProcess.spawn(
                .init(
                    executable: "/bin/sh",
                    arguments: ["-c", script, "\(getpid())", "\(journal.guardian.pid)"],
                    environment: ["PATH=/usr/bin:/bin"], diesWithParent: false))
            try await Task.sleep(for: .seconds(60))
            _ = await journal.finish()
        }
        #expect(await eventually { guardians(scratch).isEmpty })
        for name in ["one", "two", "three"] { #expect(!scratch.exists(name)) }
        #expect(try Reversion(directory: scratch.state).unsettledDrills() == [])
        // Whoever of the two it was, each is taken out and told of once.
        let told = try testimony(scratch)
        let records = told.compactMap { if case .undone(let record) = $0 { record } else { nil } }
        #expect(records.map(\.identifier) == ["three", "two", "one"], "\(told)")
        #expect(records.allSatisfy { $0.isClean && $0.by == .guardian })
        if order == .guardianFirst { #expect(told.first == introduction, "\(told)") }
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.clean])
        #expect(findings.first?.undone == records)
        #expect(try testimony(scratch) == told)
    }

    @Test("goes on where its guardian was killed in the middle")
    func killedInReplay() async throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("evidence")
        // The guardian looks again and again whether that is gone.
        _ = try scratch.makeDirectory("kept")
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, state = state as String] in
            let journal = try await UndoJournal.start(
                directory: state, drill: "d", guardianExecutable: guardianExecutable,
                evidence: "\(path)/evidence")
            _ = try await journal.push(
                UndoRecord("kept", .kernel(lifetime: "test", witnesses: [.path("\(path)/kept")])))
            _ = try await journal.push(
                UndoRecord("work", .removeDirectory(path: "\(path)/work", device: 0, inode: 0)))
            guard mkdir("\(path)/work", 0o700) == 0 else { return }
            withExtendedLifetime(journal) { _ = kill(getpid(), SIGKILL) }
        }
        #expect(await eventually { !scratch.exists("work") })
        let guardian = try #require(guardians(scratch, areStandby: false).first)
        try ProcessHandle(guardian).signal(SIGKILL)
        #expect(rmdir("\(scratch.path)/kept") == 0)
        #expect(await eventually { guardians(scratch).isEmpty })
        #expect(try Reversion(directory: scratch.state).unsettledDrills() == [])
        let told = try testimony(scratch)
        let records = told.compactMap { if case .undone(let record) = $0 { record } else { nil } }
        // It may have been killed between the deed and the note, and then the deed is looked at again.
        #expect(
            Set(records.map(\.identifier)) == ["work", "kept"] && records.count == 2, "\(told)")
        #expect(records.allSatisfy { $0.isClean })
        #expect(told.contains(introduction))
    }

    @Test("that is killed or told to end is missed by the drill, which injects nothing more")
    func missed() async throws {
        for signal in [SIGKILL, SIGTERM] {
            let scratch = try Scratch()
            let journal = try await start(scratch)
            _ = try await journal.push(UndoRecord("f1", try scratch.makeDirectory("ours")))
            #expect(await journal.isGuarded())
            async let leaves = journal.guardianLeaves()
            try ProcessHandle(journal.standby).signal(signal)
            #expect(await leaves)
            #expect(await !journal.isGuarded())
            await #expect(throws: UndoError.self) {
                try await journal.push(UndoRecord("f2", .kernel(lifetime: "test")))
            }
            #expect(ProcessTable.isAlive(journal.guardian))
            #expect(ProcessTable.isAlive(journal.standby) == (signal == SIGTERM))
            let undone = await journal.finish()
            #expect(undone.map(\.identifier) == ["f1"] && undone.allSatisfy { $0.by == .guardian })
            #expect(!scratch.exists("ours"))
            #expect(!ProcessTable.isAlive(journal.standby))
            #expect(Descriptor.names(in: scratch.state) == [])
        }
    }

    @Test("watches over the deadlines of a drill whose guardian has died")
    func deadline() async throws {
        let scratch = try Scratch()
        let journal = try await start(scratch)
        _ = try await journal.push(
            UndoRecord(
                "late", try scratch.makeDirectory("late"),
                deadline: BootClock.now + 1_000_000_000))
        _ = try await journal.push(UndoRecord("lasting", try scratch.makeDirectory("lasting")))
        try ProcessHandle(journal.guardian).signal(SIGKILL)
        #expect(await eventually { !scratch.exists("late") })
        #expect(scratch.exists("lasting"))
        try await journal.close("lasting")
        #expect(await journal.finish().map(\.identifier) == ["late"])
        #expect(scratch.exists("lasting"))
        #expect(!ProcessTable.isAlive(journal.standby))
    }

    @Test("does not try again what its guardian could not take out, nor tell of it twice")
    func residue() async throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("evidence")
        _ = try scratch.makeDirectory("kept")
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, state = state as String] in
            let journal = try await UndoJournal.start(
                directory: state, drill: "d", guardianExecutable: guardianExecutable,
                evidence: "\(path)/evidence")
            _ = try await journal.push(
                UndoRecord("kept", .kernel(lifetime: "test", witnesses: [.path("\(path)/kept")])))
            withExtendedLifetime(journal) { _ = kill(getpid(), SIGKILL) }
        }
        #expect(await eventually { guardians(scratch).isEmpty })
        let told = try testimony(scratch)
        #expect(told.count == 1, "\(told)")
        #expect(try Reversion(directory: scratch.state).unsettledDrills().map(\.drill) == ["d"])
        let undone = try JournalFile.read("d.undone", in: StateDirectory(scratch.state))
        #expect(undone.undone.count == 1 && undone.isSpent)
    }

    @Test("ends a guardian that does not get on with its work, and does it")
    func silence() async throws {
        let scratch = try Scratch()
        let drill = try sleeper()
        let guardian = try sleeper()
        try guardian.signal(SIGSTOP)
        let directory = try StateDirectory(scratch.state)
        let header = JournalHeader(
            drill: "d", process: drill.identity, boot: BootIdentifier.current)
        var file = try JournalFile(creating: "d.journal", in: directory, first: .header(header))
        _ = try file.append(.push(UndoRecord("f1", try scratch.makeDirectory("ours"))))
        let (ours, link) = try GuardianLink.make()
        let (_, vigil) = try GuardianLink.make()
        let (terminate, quiet) = try GuardianLink.make()
        let post = try GuardianPost(
            journal: file.path, link: link, vigil: vigil, terminate: terminate)
        let standby = try Standby(
            post, guardian: guardian.identity, silence: .milliseconds(200))
        _ = await drill.terminate(grace: .zero)
        // As the drill's death does.
        shutdown(ours.number, Int32(SHUT_RDWR))
        #expect(try standby.begin() == 0)
        #expect(await guardian.wait(atMost: .seconds(10)) == .signaled(SIGKILL))
        #expect(!scratch.exists("ours"))
        #expect(Reversion(directory: directory).unsettledDrills() == [])
        withExtendedLifetime(quiet) {}
    }

    @Test("that comes when a revert has done everything leaves nothing behind")
    func reverted() async throws {
        let scratch = try Scratch()
        let (drill, guardian) = (try sleeper(), try sleeper())
        let directory = try StateDirectory(scratch.state)
        let header = JournalHeader(
            drill: "d", process: drill.identity, boot: BootIdentifier.current)
        _ = try JournalFile(creating: "d.journal", in: directory, first: .header(header))
        let (_, link) = try GuardianLink.make()
        let (_, vigil) = try GuardianLink.make()
        let (terminate, quiet) = try GuardianLink.make()
        let post = try GuardianPost(
            journal: "\(scratch.state)/d.journal", link: link, vigil: vigil, terminate: terminate)
        let standby = try Standby(post, guardian: guardian.identity)
        _ = await drill.terminate(grace: .zero)
        _ = await guardian.terminate(grace: .zero)
        #expect(Reversion(directory: directory).run().map(\.state) == [.clean])
        #expect(try standby.begin() == 0)
        #expect(Descriptor.names(in: scratch.state) == [])
        withExtendedLifetime(quiet) {}
    }

    private let introduction = UndoneEntry.note(
        "the guardian had died, and the drill's standby took its place")

    private func start(_ scratch: Scratch) async throws -> UndoJournal {
        try await UndoJournal.start(
            directory: scratch.state, drill: "d", guardianExecutable: guardianExecutable)
    }

    private func sleeper() throws -> ChildProcess {
        try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
    }

    /// The guardian and the standby of the drill, as far as they live.
    private func guardians(_ scratch: Scratch, areStandby: Bool? = nil) -> [ProcessIdentity] {
        processes(marked: "\(scratch.state)/d.journal").filter {
            let line = ProcessTable.commandLine(of: $0.pid) ?? []
            return areStandby == nil || line.contains(Guardian.standbyOption) == areStandby
        }
    }
}
