import Foundation
import Kernel
import Records
import Testing

/// Faults of processes that are not the drill's, ended by the drill's own death.
@Suite("A process outside of the testbed, when the drill is killed", .serialized)
struct ForeignProcessTests {
    /// What the host shows of a process that a fault can change.
    private struct State: Equatable {
        var threads: [Character]
        var descriptors: ResourceLimit

        init(_ process: ProcessHandle) throws {
            // A process that sleeps and one that is just waking up are both let alone.
            threads = ProcessTable.threadStates(of: process.identity).map { $0 == "t" ? "t" : "S" }
            descriptors = try process.limit(of: .descriptors)
        }
    }

    @Test(
        "It is as it was within a second",
        arguments: [
            "{ fault: process.pause, on: { pid_file: PID }, for: 60 s }",
            "{ fault: process.limit, on: { pid_file: PID }, descriptors_left: 0, for: 60 s }",
        ])
    func killed(fault: String) async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let victim = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        let handle = try ProcessHandle(victim.identity)
        let before = try State(handle)
        let pidFile = "\(command.directory)/victim.pid"
        try "\(victim.identity.pid)\n".write(toFile: pidFile, atomically: true, encoding: .utf8)
        let file = "\(command.directory)/outside.yaml"
        try """
        playbook: outside
        hypothesis: It is let go when the drill dies.
        method:
          - \(fault.replacingOccurrences(of: "PID", with: pidFile))
        limits: { processes: 1 }
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let drill = try command.start(["run", file, "--yes", "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        #expect(try await becomes(handle) { $0 != before })
        try drill.signal(SIGKILL)
        _ = await drill.wait()
        #expect(try await becomes(handle) { $0 == before })
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
        #expect(try State(handle) == before)
        _ = await victim.terminate(grace: .zero)
    }

    @Test("A service that was ended is started again, where the host's mounts are")
    func restarted() async throws {
        let command = try DrillCommand()
        defer { command.remove() }
        let mark = "600.\(UInt32.random(in: 1_000_000...9_999_999))"
        let victim = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: [mark]))
        let file = "\(command.directory)/restart.yaml"
        try """
        playbook: restart
        hypothesis: It runs again when the drill dies.
        method:
          - fault: process.kill
            on: { command_line: "^/bin/sleep \(mark)$" }
            restart: [/bin/sleep, "\(mark)"]
            restart_after: 60 s
        limits: { processes: 1 }
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let drill = try command.start(["run", file, "--yes", "--json"])
        try await command.waitForOutput(containing: "faultInjected")
        #expect(await isGone(mark))
        try drill.signal(SIGKILL)
        _ = await drill.wait()
        var found: [ProcessIdentity] = []
        for _ in 0..<500 where found.isEmpty {
            try await Task.sleep(for: .milliseconds(10))
            found = sleeping(mark)
        }
        let process = try #require(found.first)
        #expect(process != victim.identity)
        func mounts(_ pid: String) throws -> String {
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/mnt")
        }
        #expect(try mounts("\(process.pid)") == mounts("self"))
        #expect(try await command.run(["revert"]) == 0, "\(command.output)")
        // Neither the guardian's end nor the revert's takes it along.
        #expect(ProcessTable.isAlive(process))
        try ProcessHandle(process).signal(SIGKILL)
    }

    /// The processes that sleep for as long as the mark says.
    private func sleeping(_ mark: String) -> [ProcessIdentity] {
        ProcessTable.withCommandLine { $0 == "/bin/sleep \(mark)" }
    }

    /// Whether within a second no process sleeps for as long as the mark says.
    private func isGone(_ mark: String) async -> Bool {
        for _ in 0..<100 where !sleeping(mark).isEmpty {
            try? await Task.sleep(for: .milliseconds(10))
        }
        return sleeping(mark).isEmpty
    }

    /// Whether the process comes to a state within a second.
    private func becomes(
        _ process: ProcessHandle, _ fits: (State) -> Bool
    ) async throws -> Bool {
        for _ in 0..<100 {
            if fits(try State(process)) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return fits(try State(process))
    }
}
