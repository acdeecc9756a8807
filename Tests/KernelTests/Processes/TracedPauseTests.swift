import Glibc
import Kernel
import TestSupport
import Testing

@Suite("A pause by ptrace", .timeLimit(.minutes(1)))
struct TracedPauseTests {
    private func reaches(_ progress: TracedPause.Progress, _ pause: TracedPause) async -> Bool {
        await eventually { pause.progress == progress }
    }

    @Test("holds every thread until it is released, and takes no signal away")
    func holds() async throws {
        try await withChild { child in
            let pause = try TracedPause.begin([ProcessHandle(child.identity)])
            #expect(await reaches(.holding, pause))
            #expect(ProcessTable.threadStates(of: child.identity) == ["t"])
            // Kept back by the stop, and delivered after it.
            try child.signal(SIGTERM)
            try await Task.sleep(for: .milliseconds(50))
            #expect(child.status == nil)
            pause.release()
            pause.release()
            #expect(await reaches(.released, pause))
            #expect(pause.failure == nil)
            #expect(await child.wait() == .signaled(SIGTERM))
        }
    }

    @Test("lets go of a process that is killed meanwhile, whose parent learns how it ended")
    func killed() async throws {
        try await withChild { child in
            let pause = try TracedPause.begin([ProcessHandle(child.identity)])
            #expect(await reaches(.holding, pause))
            try child.signal(SIGKILL)
            #expect(await child.wait() == .signaled(SIGKILL))
            #expect(ProcessTable.threadStates(of: child.identity).isEmpty)
            pause.release()
            #expect(await reaches(.released, pause))
        }
    }

    @Test("says why it cannot hold a process that somebody else holds")
    func twice() async throws {
        try await withChild { child in
            let handle = try ProcessHandle(child.identity)
            let first = try TracedPause.begin([handle])
            #expect(await reaches(.holding, first))
            let second = try TracedPause.begin([handle])
            #expect(await reaches(.released, second))
            #expect(second.failure?.number == EPERM)
            #expect(ProcessTable.threadStates(of: child.identity) == ["t"])
            first.release()
            #expect(await reaches(.released, first))
            #expect(ProcessTable.threadStates(of: child.identity) != ["t"])
        }
    }
}
