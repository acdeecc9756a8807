import Kernel
import Testing

@testable import Undo

@Suite("What is believed of another drill's entry")
struct HostUseTests {
    private let theirs = ProcessIdentity(pid: 10, startTime: 1)
    private let others = ProcessIdentity(pid: 11, startTime: 1)
    private let gone = ProcessIdentity(pid: 12, startTime: 1)

    private func use(disk: Int64) -> HostUse {
        var use = HostUse()
        (use.resources, use.faults, use.disk) = (["memory"], ["f1"], disk)
        use.processes = [theirs, others, gone]
        return use
    }

    private func believed(_ use: HostUse, of owner: UInt32, by user: UInt32) -> HostUse {
        use.believed(of: owner, by: user) { [10: 7, 11: 8][$0] }
    }

    @Test("is everything of root's and of one's own, but for a size below nothing")
    func trusted() {
        for (owner, user) in [(UInt32(0), UInt32(0)), (0, 7), (7, 7)] {
            #expect(believed(use(disk: 5), of: owner, by: user) == use(disk: 5))
            #expect(believed(use(disk: -5), of: owner, by: user) == use(disk: 0))
        }
    }

    @Test("is of a stranger's what is the stranger's, and for root nothing that is added up")
    func stranger() {
        var expected = use(disk: 5)
        expected.processes = [theirs]
        #expect(believed(use(disk: 5), of: 7, by: 9) == expected)
        expected.disk = 0
        #expect(believed(use(disk: .min), of: 7, by: 9) == expected)
        let root = believed(use(disk: .max), of: 7, by: 0)
        #expect(!root.isCounted && root.resources == ["memory"])
    }

    @Test("has a bound, however long the entry is")
    func bound() {
        var use = HostUse()
        use.faults = Set((0..<5_000).map { "f\($0)" })
        use.processes = Set((0..<5_000).map { ProcessIdentity(pid: $0, startTime: 1) })
        let believed = use.believed(of: 7, by: 9) { _ in 7 }
        #expect(believed.faults.count == HostUse.mostBelieved)
        #expect(believed.processes.count == HostUse.mostBelieved)
    }
}
