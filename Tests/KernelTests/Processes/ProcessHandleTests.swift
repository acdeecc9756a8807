import Glibc
import Kernel
import Testing

@Suite("A process handle")
struct ProcessHandleTests {
    @Test("signals the process it was opened for, and sees it stop, go on and end")
    func signals() async throws {
        let child = try ChildProcess.spawn(sleeper)
        let handle = try ProcessHandle(child.identity)
        #expect(try handle.waitForExit(timeout: .zero) == false)
        try handle.signal(SIGSTOP)
        #expect(await eventually { handle.state == "T" })
        try handle.signal(SIGCONT)
        #expect(await eventually { handle.state == "S" })
        try handle.signal(SIGKILL)
        #expect(await handle.waitForExit(atMost: .seconds(10)))
        #expect(try handle.waitForExit(timeout: .seconds(10)))
        #expect(await child.wait() == .signaled(SIGKILL))
        #expect(handle.state == nil)
        #expect { try handle.signal(SIGTERM) } throws: { ($0 as? KernelError)?.reason == .vanished }
    }

    @Test("is refused for a later process of the same number")
    func reuse() async throws {
        let child = try ChildProcess.spawn(sleeper)
        var other = child.identity
        other.startTime -= 1
        #expect { try ProcessHandle(other) } throws: {
            ($0 as? KernelError)?.reason == .vanished
        }
        #expect(!ProcessTable.isAlive(other))
        #expect(ProcessTable.isAlive(child.identity))
        #expect(await child.terminate(grace: .zero) == .signaled(SIGKILL))
        #expect { try ProcessHandle(child.identity) } throws: {
            ($0 as? KernelError)?.reason == .vanished
        }
    }
}
