import Glibc
import Kernel
import Testing

@Suite("A child process")
struct ChildProcessTests {
    @Test(
        "reports how it ended to every waiter",
        arguments: [
            ("exit 0", Kernel.ExitStatus.exited(0)), ("exit 7", .exited(7)),
            ("kill -KILL $$", .signaled(SIGKILL)), ("kill -TERM $$", .signaled(SIGTERM)),
        ])
    func status(script: String, expected: Kernel.ExitStatus) async throws {
        let child = try ChildProcess.spawn(shell(script))
        async let first = child.wait()
        async let second = child.wait()
        #expect(await [first, second] == [expected, expected])
        #expect(await child.wait() == expected)
        #expect(child.status == expected)
        #expect(ProcessTable.identity(of: child.identity.pid) != child.identity, "not reaped")
    }

    @Test("gets its arguments, environment, directory and descriptors, and no others")
    func inheritance() async throws {
        let pipe = try Pipe()
        let stray = dup(pipe.writer)
        #expect(fcntl(stray, F_SETFD, 0) == 0)
        var options = shell("echo \"$0|$NAME|$HOME|$PWD|\"; ls /proc/$$/fd >&9")
        options.arguments.append("zero")
        options.environment = ["NAME=value", "PATH=/usr/bin:/bin"]
        options.workingDirectory = "/tmp"
        options.standardOutput = pipe.writer
        options.inheritedDescriptors = [9: pipe.writer]
        let child = try ChildProcess.spawn(options)
        #expect(await child.wait() == .exited(0))
        close(stray)
        let output = pipe.readAll()
        #expect(output.hasPrefix("zero|value||/tmp|\n"))
        let descriptors = Set(output.split(separator: "\n").dropFirst())
        #expect(descriptors.isSubset(of: ["0", "1", "2", "9", "10", "255"]), "\(output)")
    }

    @Test("swaps descriptors without losing one")
    func swap() async throws {
        let first = try Pipe()
        let second = try Pipe()
        var options = shell("echo one >&\(second.writer); echo two >&\(first.writer)")
        options.inheritedDescriptors = [first.writer: second.writer, second.writer: first.writer]
        let child = try ChildProcess.spawn(options)
        #expect(await child.wait() == .exited(0))
        #expect(first.readAll() == "one\n")
        #expect(second.readAll() == "two\n")
    }

    @Test("leads a session of its own and belongs to us")
    func session() async throws {
        let child = try ChildProcess.spawn(sleeper)
        #expect(ProcessTable.session(of: child.identity.pid) == child.identity.pid)
        #expect(ProcessTable.parent(of: child.identity.pid) == getpid())
        #expect(ProcessTable.members(ofSession: child.identity.pid) == [child.identity])
        #expect(await child.terminate(grace: .seconds(5)) == .signaled(SIGTERM))
    }

    @Test("that ignores SIGTERM is killed when its grace is over")
    func stubborn() async throws {
        let pipe = try Pipe()
        var options = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done")
        options.standardOutput = pipe.writer
        let child = try ChildProcess.spawn(options)
        #expect(pipe.readLine() == "ready")
        #expect(await child.terminate(grace: .milliseconds(50)) == .signaled(SIGKILL))
        #expect(await child.terminate(grace: .seconds(60)) == .signaled(SIGKILL))
    }

    @Test("that is stopped can be terminated, from a cancelled task too")
    func stopped() async throws {
        let child = try ChildProcess.spawn(sleeper)
        try child.signal(SIGSTOP)
        let task = Task { await child.terminate(grace: .seconds(5)) }
        task.cancel()
        #expect(await task.value == .signaled(SIGTERM))
    }

    @Test("that has ended takes no signal")
    func signalAfterEnd() async throws {
        let child = try ChildProcess.spawn(shell("exit 0"))
        _ = await child.wait()
        #expect { try child.signal(SIGTERM) } throws: { ($0 as? KernelError)?.reason == .vanished }
    }

    @Test("that runs on ends neither a bounded nor a cancelled wait with a status")
    func bounded() async throws {
        let child = try ChildProcess.spawn(sleeper)
        #expect(await child.wait(atMost: .milliseconds(20)) == nil)
        let task = Task { await child.wait(atMost: .seconds(600)) }
        task.cancel()
        #expect(await task.value == nil)
        #expect(await child.terminate(grace: .zero) == .signaled(SIGKILL))
    }

    @Test(
        "that cannot start is an error that names the step",
        arguments: [
            ("/nonexistent/program", nil, "execve", ENOENT),
            ("/tmp", nil, "execve", EACCES),
            ("/bin/sleep", "/nonexistent", "chdir", ENOENT),
        ])
    func failure(executable: String, directory: String?, call: String, number: Int32) throws {
        let error = #expect(throws: KernelError.self) {
            try ChildProcess.spawn(
                .init(executable: executable, workingDirectory: directory))
        }
        #expect(error?.call == call)
        #expect(error?.number == number)
    }

    @Test("is never missed by one of many waits on it")
    func waits() async throws {
        for _ in 0..<50 {
            let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
            let statuses = await withTaskGroup(of: Kernel.ExitStatus?.self) { group in
                for _ in 0..<4 { group.addTask { await child.wait(atMost: .seconds(600)) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: .exited(0), count: 4))
        }
    }

    @Test("is spawned a hundred times without a descriptor left over")
    func leak() async throws {
        for _ in 0..<100 {
            let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
            #expect(await child.wait() == .exited(0))
            #expect(throws: KernelError.self) {
                try ChildProcess.spawn(.init(executable: "/nonexistent"))
            }
        }
        // Other tests run beside this one and hold a few descriptors of their own.
        let descriptors = ProcessTable.descriptorCount(of: getpid())
        #expect(try #require(descriptors) < 80)
    }
}
