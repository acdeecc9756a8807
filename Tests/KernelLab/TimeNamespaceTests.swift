import Kernel
import Testing

/// Debian 12's kernel: there execve leads nobody into another time namespace, only a fork does.
@Suite("A time namespace on an older kernel", .timeLimit(.minutes(1)))
struct TimeNamespaceTests {
    init() throws { try Machine.require() }

    @Test("is that of a child and of nobody else, and holds the clocks that were asked for")
    func clocks() async throws {
        #expect(TimeNamespace.capability().presence == .present)
        let own = try TimeNamespace.own()
        let child = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: ["600"], clockOffset: .seconds(86_400)))
        let namespace = try TimeNamespace(of: child.identity)
        #expect(namespace.inode != own.inode)
        let before = MonotonicClock.now
        let read = try TimeNamespace.clocks(of: child.identity).monotonic - 86_400_000_000_000
        #expect((before...MonotonicClock.now).contains(read))
        #expect(try TimeNamespace.own() == own)
        #expect(await child.terminate(grace: .zero) == .signaled(9))
    }
}
