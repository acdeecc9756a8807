import Glibc
import Kernel
import Playbooks
import Records
import Testing
import Undo

@testable import Faults

@Suite("Two drills at one resource")
struct FaultLockTests {
    /// A fault on the queueing of a loopback interface, in a drill with this state directory.
    private func life(_ journal: Journal, state: String, drill: String) -> FaultLife {
        var fault = ScriptedFault(journal)
        fault.objects = [.interface("lo", port: 7)]
        fault.undo = drill == "residual" ? .residual : .clean
        var context = FaultContext.fake(journal, limits: Limits(interfaces: ["lo"]))
        context.locks = ResourceLocks(directory: state, drill: drill)
        return FaultLife(fault, context: context)
    }

    @Test("The second is told who is at work, and touches nothing")
    func second() async throws {
        let state = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        let other = ResourceLocks(directory: state, drill: "other")
        let resource = try #require(AimedObject.interface("lo", port: 7).resource)
        try other.take(resource, for: "f1")
        let journal = Journal()
        let record = await life(journal, state: state, drill: "second").run()
        #expect(record.proof.contains("drill other is at work on it"), "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(!journal.entries.contains("inject"))
        other.release(fault: "f1")
        let next = await life(Journal(), state: state, drill: "third").run()
        #expect(next.injection == .confirmed, "\(next.proof)")
        let status = try #require(FileStatus.of(state))
        _ = try DirectoryTree.remove(state, device: status.device, inode: status.inode)
    }

    @Test("What a drill started itself is nobody else's to lock")
    func own() {
        let process = ProcessIdentity(pid: 2, startTime: 1)
        #expect(AimedObject.process(process, node: "a").resource == nil)
        #expect(AimedObject.process(process, node: nil).resource == "process pid 2 started 1")
        #expect(AimedObject.link("clients to a").resource == nil)
    }
}
