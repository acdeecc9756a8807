import Kernel
import Testing

@testable import Faults

@Suite("Firedrill's own processes")
struct FiredrillProcessesTests {
    /// 10 is this drill with a node 11, 20 another with a guardian 21, a node 22 and its worker 23,
    /// 30 the service, which has begun this drill, and 40 a stranger.
    private let protected = FiredrillProcesses(
        own: 10,
        parents: [10: 30, 11: 10, 12: 10, 20: 2, 21: 20, 22: 20, 23: 22, 30: 2, 40: 2, 2: 1, 1: 0],
        programs: [
            10: "firedrill", 11: "refqueue", 12: "firedrill-guardian", 20: "firedrill",
            21: "firedrill-guardian", 22: "refqueue", 23: "refqueue", 30: "firedrill-service",
            40: "refqueue",
        ], drills: []
    ).protected

    @Test("are out of bounds, another drill's nodes and what these started among them")
    func others() {
        #expect(protected[20] == "a running firedrill")
        #expect(protected[21] == "the guardian of a drill")
        #expect(protected[22] == "part of a running firedrill")
        #expect(protected[23] == "part of a running firedrill")
        #expect(protected[30] == "Firedrill's service")
        #expect(protected[12] == "the guardian of a drill")
    }

    @Test("leave the drill's own nodes and strangers to it")
    func own() {
        #expect(protected[11] == nil && protected[40] == nil && protected[10] == nil)
    }

    @Test("are known by the file they execute")
    func executable() async throws {
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["60"]))
        // Until it has executed the other program, it is still this one.
        var name: String?
        for _ in 0..<500 where name != "sleep" {
            name = ProcessTable.executableName(of: child.identity.pid)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(name == "sleep")
        _ = await child.terminate(grace: .zero)
        #expect(ProcessTable.executableName(of: child.identity.pid) == nil)
    }
}
