import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("A reversal")
struct ReversalTests {
    private let performer = ReversalPerformer()

    @Test("ends a whole session, twice if asked, and no other process")
    func session() async throws {
        let marker = "marker-\(UInt64.random(in: 0 ... .max))"
        let victim = try Victim(marker: marker)
        let bystander = try Victim(marker: marker + "-bystander")
        victim.start()
        #expect(await eventually { processes(marked: marker).count == 3 })
        for _ in 1...2 {
            let outcome = performer.perform(.endSession(victim.process.identity))
            #expect(outcome.isClean, "\(outcome)")
        }
        #expect(await victim.process.wait() == .signaled(SIGKILL))
        #expect(processes(marked: marker) == [bystander.process.identity])
        await bystander.end()
    }

    @Test("ends the session of a leader that has died before")
    func orphans() async throws {
        let marker = "marker-\(UInt64.random(in: 0 ... .max))"
        let victim = try Victim(marker: marker)
        victim.start()
        #expect(await eventually { processes(marked: marker).count == 2 })
        try victim.process.signal(SIGKILL)
        _ = await victim.process.wait()
        #expect(processes(marked: marker).count == 1)
        #expect(performer.perform(.endSession(victim.process.identity)).isClean)
        #expect(processes(marked: marker) == [])
    }

    @Test("leaves a later process of the same number alone")
    func stranger() async throws {
        let victim = try Victim(marker: "stranger")
        let child = victim.process
        var earlier = child.identity
        earlier.startTime -= 1
        try child.signal(SIGSTOP)
        #expect(await eventually { ProcessTable.state(of: child.identity.pid) == "T" })
        #expect(performer.perform(.endSession(earlier)).isClean)
        #expect(performer.perform(.resume(earlier)).isClean)
        #expect(ProcessTable.state(of: child.identity.pid) == "T")
        #expect(performer.perform(.resume(child.identity)).isClean)
        #expect(ProcessTable.state(of: child.identity.pid) != "T")
        await victim.end()
        #expect(performer.perform(.resume(child.identity)).isClean)
    }

    @Test("refuses this process's own session and the first process's")
    func own() {
        for pid in [1, getsid(0)] {
            // The session's leader may be dead, as that of a background job is.
            let identity =
                ProcessTable.identity(of: pid) ?? ProcessIdentity(pid: pid, startTime: 1)
            #expect(performer.perform(.endSession(identity)).failure != nil)
        }
    }

    @Test("removes a tree without following links, and only the recorded one")
    func directory() throws {
        let scratch = try Scratch()
        let outside = try scratch.makeDirectory("outside")
        let inside = try scratch.makeDirectory("inside")
        _ = try scratch.makeDirectory("inside/a")
        _ = try scratch.makeDirectory("inside/a/b")
        _ = try scratch.makeDirectory("outside/kept")
        // Made before the first one goes, so that it cannot get the same inode.
        _ = try scratch.makeDirectory("other")
        #expect(symlink("\(scratch.path)/outside", "\(scratch.path)/inside/a/link") == 0)
        #expect(symlink("/nonexistent", "\(scratch.path)/inside/dangling") == 0)
        #expect(performer.perform(inside).isClean)
        #expect(!scratch.exists("inside"))
        #expect(scratch.exists("outside/kept"))
        // The same name again: another directory, which is not ours to remove.
        #expect(rename("\(scratch.path)/other", "\(scratch.path)/inside") == 0)
        #expect(performer.perform(inside).isClean)
        #expect(scratch.exists("inside"))
        // A link in its place is not followed.
        #expect(performer.perform(outside).isClean)
        #expect(symlink("\(scratch.path)/inside", "\(scratch.path)/outside") == 0)
        #expect(performer.perform(outside).isClean)
        #expect(scratch.exists("inside"))
    }

    @Test("recorded before a directory was made removes it only while it is empty")
    func intended() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/new"
        let intended = Reversal.removeDirectory(path: path, device: 0, inode: 0)
        #expect(performer.perform(intended).isClean)
        _ = try scratch.makeDirectory("new")
        #expect(performer.perform(intended).isClean)
        #expect(!scratch.exists("new"))
        _ = try scratch.makeDirectory("new")
        _ = try scratch.makeDirectory("new/content")
        #expect(performer.perform(intended).failure != nil)
        #expect(scratch.exists("new/content"))
    }

    @Test("of a qdisc that is not there is clean")
    func qdisc() {
        let outcome = performer.perform(
            .deleteQdisc(interface: "lo", index: 1, handle: 0x4664_0000))
        #expect(outcome.isClean, "\(outcome)")
    }
}
