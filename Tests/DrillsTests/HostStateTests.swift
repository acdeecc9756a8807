import Drills
import Glibc
import Kernel
import Records
import Testing
import Undo

@Suite("A host on which an earlier drill left something")
struct HostStateTests {
    @Test(
        "refuses the next one, wherever the same user's records lie, and says the way out",
        arguments: [false, true])
    func damaged(isElsewhere: Bool) throws {
        let root = "/tmp/firedrill-test-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
        for path in [root, "\(root)/own", "\(root)/other"] {
            try #require(mkdir(path, 0o700) == 0)
        }
        let status = try #require(FileStatus.of(root))
        defer { _ = try? DirectoryTree.remove(root, device: status.device, inode: status.inode) }
        let file = try Descriptor.open(
            "\(root)/\(isElsewhere ? "other" : "own")/d.journal", flags: O_CREAT | O_WRONLY,
            mode: 0o600)
        try file.writeDurably(Array("not a journal\n\n".utf8), at: 0)
        let state = HostState(
            stateDirectory: "\(root)/own", others: ["\(root)/other"],
            haltOrders: HaltOrders(stateDirectory: root, home: nil),
            register: DrillRegister(directories: ["\(root)/register"]))
        let decision = try #require(state.decisions.first { $0.rule == "earlier drills" })
        #expect(!decision.isAllowed)
        #expect(decision.reason.contains("the earlier drill d left undo records open"))
        #expect(decision.reason.contains("`firedrill revert --forget d` removes its journal"))
    }
}
