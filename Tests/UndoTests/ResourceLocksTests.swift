import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("A resource of the host")
struct ResourceLocksTests {
    private let resource = "queueing of lo in net:[1]"

    @Test("has one drill at a time, and the other is told which")
    func exclusive() throws {
        let scratch = try Scratch()
        let first = ResourceLocks(directory: scratch.state, drill: "first")
        let second = ResourceLocks(directory: scratch.state, drill: "second")
        try first.take(resource, for: "f1")
        #expect {
            try second.take(resource, for: "f1")
        } throws: { error in
            "\(error)" == "cannot take \(resource): drill first is at work on it; wait for its end"
        }
        try second.take("queueing of lo in net:[2]", for: "f1")
        first.release(fault: "f1")
        try second.take(resource, for: "f2")
        second.release(fault: "f1")
        second.release(fault: "f2")
        #expect(Descriptor.names(in: "\(scratch.state)/locks") == [])
    }

    @Test("is shared by the faults of one drill until the last of them is out")
    func shared() throws {
        let scratch = try Scratch()
        let first = ResourceLocks(directory: scratch.state, drill: "first")
        let second = ResourceLocks(directory: scratch.state, drill: "second")
        try first.take(resource, for: "f1")
        try first.take(resource, for: "f2")
        first.release(fault: "f1")
        #expect(throws: UndoError.self) { try second.take(resource, for: "f1") }
        first.release(fault: "f2")
        try second.take(resource, for: "f1")
    }

    @Test("is free again when its drill has died, but not before that drill is undone")
    func dead() async throws {
        let scratch = try Scratch()
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        let header = JournalHeader(
            drill: "dead", process: child.identity, boot: BootIdentifier.current)
        var file = try JournalFile(
            creating: "dead.journal", in: StateDirectory(scratch.state), first: .header(header))
        _ = try file.append(.push(UndoRecord("a", try scratch.makeDirectory("a"))))
        // Its lock goes with its process, its name stays in the file.
        try ResourceLocks(directory: scratch.state, drill: "dead").take(resource, for: "f1")
        let next = ResourceLocks(directory: scratch.state, drill: "next")
        #expect {
            try next.take(resource, for: "f1")
        } throws: { "\($0)".contains("drill dead died and is not undone; run firedrill revert") }
        #expect(try Reversion(directory: scratch.state).run().map(\.state) == [.clean])
        try next.take(resource, for: "f1")
    }
}

extension ResourceLocksTests {
    @Test("says why no two drills may have it where that is not plain")
    func reason() throws {
        let scratch = try Scratch()
        let first = ResourceLocks(directory: scratch.state, drill: "first")
        let second = ResourceLocks(directory: scratch.state, drill: "second")
        try first.take(resource, for: "f1")
        #expect {
            try second.take(resource, for: "f1", because: "it is one alone")
        } throws: { error in
            "\(error)" == "cannot take \(resource): drill first is at work on it, and it is one "
                + "alone; wait for its end"
        }
        first.release(fault: "f1")
    }

    @Test("loses the name of a drill that is undone, so that none stays on a disk for ever")
    func swept() async throws {
        let scratch = try Scratch()
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        let header = JournalHeader(
            drill: "dead", process: child.identity, boot: BootIdentifier.current)
        _ = try JournalFile(
            creating: "dead.journal", in: StateDirectory(scratch.state), first: .header(header))
        try ResourceLocks(directory: scratch.state, drill: "dead").take(resource, for: "f1")
        let other = ResourceLocks(directory: scratch.state, drill: "other")
        try other.take("memory", for: "f1")
        #expect(Descriptor.names(in: "\(scratch.state)/locks").count == 2)
        #expect(try Reversion(directory: scratch.state).run().map(\.state) == [.clean])
        #expect(Descriptor.names(in: "\(scratch.state)/locks") == ["memory.lock"])
        other.release(fault: "f1")
    }
}
