import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("A drill that is killed")
struct DrillDeathTests {
    @Test(
        "leaves nothing behind, at whichever step it dies",
        arguments: ["started", "spawned", "recorded", "running", "updated", "closed"])
    func steps(step: String) async throws {
        let scratch = try Scratch()
        let marker = "drill-\(UInt64.random(in: 0 ... .max))"
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                path = path as String, state = state as String, marker = marker as String,
                step = step as String
            ] in
            try await Self.drill(path: path, state: state, marker: marker) {
                if $0 == step { kill(getpid(), SIGKILL) }
            }
        }
        let isGone = await eventually(within: 5) { processes(marked: marker).isEmpty }
        #expect(isGone, "\(processes(marked: marker))")
        try await expectGuardianDone(scratch, undid: step == "started" || step == "spawned")
    }

    @Test("leaves nothing behind, at whichever moment it dies", arguments: 0..<12)
    func moments(seed: Int) async throws {
        let scratch = try Scratch()
        let marker = "drill-\(UInt64.random(in: 0 ... .max))"
        let (path, state) = (scratch.path, scratch.state)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                path = path as String, state = state as String, marker = marker as String,
                seed = seed as Int
            ] in
            // From another thread, so that it falls into any instruction.
            let killer = Task.detached {
                try? await Task.sleep(for: .microseconds(seed * 2500))
                kill(getpid(), SIGKILL)
            }
            try await Self.drill(path: path, state: state, marker: marker) { _ in }
            await killer.value
        }
        let isGone = await eventually(within: 5) { processes(marked: marker).isEmpty }
        #expect(isGone, "\(processes(marked: marker))")
        try await expectGuardianDone(scratch, undid: nil)
    }

    /// The guardian is gone, its directory too, and the journal says that all came out clean.
    private func expectGuardianDone(_ scratch: Scratch, undid nothing: Bool?) async throws {
        let journal = "\(scratch.state)/d.journal"
        #expect(await eventually { processes(marked: journal).isEmpty })
        #expect(!scratch.exists("work"))
        let findings = try Reversion(directory: scratch.state).run()
        for finding in findings {
            #expect(finding.state == .clean, "\(finding)")
            #expect(finding.undone.allSatisfy { $0.by == .guardian }, "\(finding)")
            if nothing == true { #expect(finding.undone.isEmpty) }
            if nothing == false { #expect(!finding.undone.isEmpty) }
        }
        #expect(try Reversion(directory: scratch.state).run() == [])
        #expect(Descriptor.names(in: scratch.state) == [])
    }

    /// What a drill does, with a call at each step; runs in a process of its own.
    private static func drill(
        path: String, state: String, marker: String, at step: (String) -> Void
    ) async throws {
        let journal = try await UndoJournal.start(
            directory: state, drill: "d", guardianExecutable: guardianExecutable)
        step("started")
        let victim = try Victim(marker: marker)
        step("spawned")
        _ = try await journal.push(UndoRecord("victim", .endSession(victim.process.identity)))
        step("recorded")
        victim.start()
        while processes(marked: marker).count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        step("running")
        let work = "\(path)/work"
        var record = UndoRecord("work", .removeDirectory(path: work, device: 0, inode: 0))
        _ = try await journal.push(record)
        guard mkdir(work, 0o700) == 0, let status = FileStatus.of(work) else { return }
        record.reversal = .removeDirectory(path: work, device: status.device, inode: status.inode)
        try await journal.update(record)
        _ = mkdir("\(work)/content", 0o700)
        _ = try await journal.push(UndoRecord("pause", .resume(victim.process.identity)))
        try victim.process.signal(SIGSTOP)
        step("updated")
        try victim.process.signal(SIGCONT)
        try await journal.close("pause")
        step("closed")
    }
}
