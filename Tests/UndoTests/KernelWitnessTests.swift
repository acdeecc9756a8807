import FoundationEssentials
import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("What the kernel takes out")
struct KernelWitnessTests {
    private func look(_ witnesses: [KernelWitness]?) -> ReversalPerformer.Outcome {
        ReversalPerformer().perform(.kernel(lifetime: "test", witnesses: witnesses))
    }

    private func sleeper(
        holding descriptors: [Int32: Int32] = [:], in directory: String? = nil
    ) throws -> ChildProcess {
        try ChildProcess.spawn(
            .init(
                executable: "/bin/sleep", arguments: ["600"], workingDirectory: directory,
                inheritedDescriptors: descriptors))
    }

    @Test("is not out while another process holds a ballast that the drill has let go of")
    func ballast() async throws {
        let scratch = try Scratch()
        var file: Descriptor? = try Descriptor.openUnnamed(in: scratch.path)
        let status = try #require(try file?.status())
        let holder = try sleeper(holding: [5: file?.number ?? -1])
        file = nil
        let witness = KernelWitness.file(device: status.device, inode: status.inode)
        let held = look([witness])
        #expect(!held.isClean)
        #expect(held.comparisons.first?.after == "\(holder.identity)")
        _ = await holder.terminate(grace: .zero)
        #expect(look([witness]).isClean)
    }

    @Test("is not out while the drill traces the process that it has paused")
    func trace() async throws {
        let victim = try sleeper()
        let own = try #require(ProcessTable.identity(of: getpid()))
        let pause = try TracedPause.begin([ProcessHandle(victim.identity)])
        let witness = KernelWitness.letGo(victim.identity, by: own)
        #expect(await eventually { !look([witness]).isClean })
        // A debugger of somebody else's is not the drill.
        #expect(look([.letGo(victim.identity, by: victim.identity)]).isClean)
        pause.release()
        #expect(await eventually { look([witness]).isClean })
        _ = await victim.terminate(grace: .zero)
    }

    @Test("is not out while a process of it runs or works in its directory")
    func process() async throws {
        let child = try sleeper()
        let root = try #require(FileStatus.of("/proc/\(child.identity.pid)/cwd/."))
        let witnesses: [KernelWitness] = [
            .ended(child.identity), .folder(device: root.device, inode: root.inode),
        ]
        for witness in witnesses { #expect(!look([witness]).isClean) }
        _ = await child.terminate(grace: .zero)
        #expect(look([witnesses[0]]).isClean)
    }

    @Test("is out of a directory when the last process that works in it has ended")
    func folder() async throws {
        let scratch = try Scratch()
        _ = try scratch.makeDirectory("work")
        let child = try sleeper(in: "\(scratch.path)/work")
        let witnesses = [KernelWitness].endOfWork(in: "\(scratch.path)/work")
        #expect(witnesses.count == 1)
        #expect(look(witnesses).comparisons.map(\.after) == ["\(child.identity)"])
        #expect(!look(witnesses).isClean)
        _ = await child.terminate(grace: .zero)
        #expect(look(witnesses).isClean)
        #expect([KernelWitness].endOfWork(in: "\(scratch.path)/nowhere").isEmpty)
    }

    @Test("is not out while its name is there, be it a link that leads nowhere")
    func path() throws {
        let scratch = try Scratch()
        let witness = KernelWitness.path("\(scratch.path)/name")
        #expect(look([witness]).isClean)
        try #require(symlink("/nowhere/at/all", "\(scratch.path)/name") == 0)
        #expect(!look([witness]).isClean)
        try #require(unlink("\(scratch.path)/name") == 0)
        #expect(look([witness]).isClean)
    }

    @Test("is not out while others than who looks are in its mount namespace")
    func namespace() async throws {
        let identity = try #require(MountNamespace.Identity.ofThisThread)
        let child = try sleeper()
        let own = try #require(look([.mounts(identity)]).comparisons.first)
        #expect(!own.isSame)
        #expect(own.after.contains("\(child.identity)"))
        #expect(!own.after.contains("pid \(getpid()) "))
        _ = await child.terminate(grace: .zero)
    }

    @Test("is in a mount namespace that its processes are found in, and no later one")
    func mounts() throws {
        var identity = try #require(MountNamespace.Identity.ofThisThread)
        #expect(try #require(identity.members()).contains { $0.pid == getpid() })
        identity.unique = .max
        #expect(try #require(identity.members()) == [])
        #expect(look([.mounts(identity)]).isClean)
    }

    @Test("is held by who is in it, and not by who is in a later one of the same number")
    func home() throws {
        var identity = try #require(MountNamespace.home)
        #expect(try MountNamespace.hold(identity) == nil, "it is our own")
        identity.unique = .max
        let error = #expect(throws: KernelError.self) { _ = try MountNamespace.hold(identity) }
        #expect(error?.reason == .vanished)
    }

    @Test("is not called verified when nothing says what to look at, as in records of before")
    func unseen() throws {
        let old = Data(#"{"kernel":{"lifetime":"its socket"}}"#.utf8)
        let reversal = try JSONDecoder().decode(Reversal.self, from: old)
        #expect(reversal == .kernel(lifetime: "its socket"))
        let scratch = try Scratch()
        var notes = try JournalFile(
            creating: "d.undone", in: StateDirectory(scratch.state), first: nil)
        let undone = Replay(actor: .revert).run([UndoRecord("f1", reversal)], notes: &notes)
        #expect(undone.map(\.isClean) == [true])
        #expect(undone.map(\.isVerified) == [false])
        #expect(undone[0].comparisons[0].after.hasPrefix("not looked at"))
        #expect(look([.nothing]).comparisons.allSatisfy { $0.isUnseen == nil })
    }

    @Test("is looked at behind all that has to be done, for a look may hang")
    func order() async throws {
        let child = try sleeper()
        let scratch = try Scratch()
        var notes = try JournalFile(
            creating: "d.undone", in: StateDirectory(scratch.state), first: nil)
        let records = [
            UndoRecord("older", .kernel(lifetime: "test", witnesses: [.path("/nowhere/at/all")])),
            UndoRecord("session", .endSession(child.identity)),
            UndoRecord("work", try scratch.makeDirectory("work")),
            UndoRecord("newer", .kernel(lifetime: "test", witnesses: [.ended(child.identity)])),
        ]
        let undone = Replay(actor: .revert).run(records, notes: &notes)
        #expect(undone.map(\.identifier) == ["work", "session", "newer", "older"])
        let areVerified = undone.allSatisfy(\.isVerified)
        #expect(areVerified, "\(undone)")
        #expect(try notes.contents().undone == undone)
        _ = await child.terminate(grace: .zero)
    }

    @Test("is waited for a little, and called left behind when it does not come out")
    func patience() async throws {
        let child = try sleeper()
        let scratch = try Scratch()
        var notes = try JournalFile(
            creating: "d.undone", in: StateDirectory(scratch.state), first: nil)
        let record = UndoRecord(
            "f1", .kernel(lifetime: "test", witnesses: [.ended(child.identity)]))
        #expect(Replay(actor: .revert).run([record], notes: &notes).map(\.isClean) == [false])
        let ending = Task {
            try await Task.sleep(for: .milliseconds(200))
            _ = await child.terminate(grace: .zero)
        }
        #expect(Replay(actor: .revert).run([record], notes: &notes).map(\.isVerified) == [true])
        try await ending.value
    }
}
