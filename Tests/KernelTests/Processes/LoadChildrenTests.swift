import Glibc
import Kernel
import Testing

@Suite("Children that load the host", .timeLimit(.minutes(1)))
struct LoadChildrenTests {
    /// The memory that says what to do is shared with the child, and the next start's as well.
    @Test("are each their own, also when others are started in the same moment")
    func together() async throws {
        let (loads, programs) = try await withThrowingTaskGroup(
            of: (isLoad: Bool, child: ChildProcess).self
        ) { group in
            for index in 0..<200 {
                group.addTask {
                    guard index.isMultiple(of: 2) else {
                        return (
                            false, try .spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
                        )
                    }
                    return (true, try .spawn(.processor(share: 0)))
                }
            }
            var children: [(isLoad: Bool, child: ChildProcess)] = []
            for try await child in group { children.append(child) }
            return (
                children.filter(\.isLoad).map(\.child), children.filter { !$0.isLoad }.map(\.child)
            )
        }
        // One that has read what another was told is dead by now, or runs a program.
        try await Task.sleep(for: .milliseconds(100))
        let names = loads.map { ProcessTable.commandLine(of: $0.identity.pid)?.first ?? "" }
        #expect(loads.count { $0.status == nil } == 100)
        #expect(!names.contains("/bin/sleep"))
        #expect(programs.count { $0.status == nil } == 100)
        for child in loads + programs { _ = await child.terminate(grace: .zero) }
    }
}
