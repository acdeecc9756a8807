import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("The start of a service", .timeLimit(.minutes(2)))
struct ServiceStartTests {
    /// A service by a command of one's own, each start of which is counted.
    private struct Service {
        let scratch: Scratch
        var restart: ServiceRestart
        let mark: String

        /// - Parameter script: what the command does; `SERVICE` in it becomes the service itself.
        init(_ script: String) throws {
            scratch = try Scratch()
            mark = "601.\(UInt32.random(in: 1_000_000...9_999_999))"
            let text = script.split(separator: "SERVICE", omittingEmptySubsequences: false)
                .joined(separator: "/bin/sleep \(mark)")
            restart = ServiceRestart(
                command: ["/bin/sh", "-c", "echo >>\(scratch.path)/starts; \(text)"],
                sign: .commandLine("^/bin/sleep \(mark)$"), ended: [], count: 1,
                mountNamespace: nil)
        }

        func record(_ attempt: ServiceAttempt? = nil) -> UndoRecord {
            var restart = restart
            restart.attempt = attempt
            return UndoRecord("f1", .restart(restart))
        }

        func notes() throws -> JournalFile {
            try JournalFile(creating: "d.undone", in: StateDirectory(scratch.state), first: nil)
        }

        /// How often the command was started.
        var starts: Int {
            let file = try? Descriptor.open("\(scratch.path)/starts", flags: O_RDONLY)
            return (try? file?.readAll().count) ?? 0
        }

        func end() throws {
            for process in processes(marked: mark) { try ProcessHandle(process).signal(SIGKILL) }
        }
    }

    @Test("is not made beside one that a killed drill has begun")
    func underWay() async throws {
        let service = try Service("sleep 1; exec SERVICE")
        var notes = try service.notes()
        let start = try ServiceStart(service.restart)
        let record = service.record(start.restart.attempt)
        let results = Replay(actor: .guardian).run([record], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(service.starts == 1)
        #expect(processes(marked: service.mark).count == 1)
        try service.end()
    }

    @Test("is not made beside one that a killed guardian has begun")
    func noted() async throws {
        let service = try Service("sleep 1; exec SERVICE")
        var notes = try service.notes()
        let start = try ServiceStart(service.restart)
        _ = try notes.append(.update(service.record(start.restart.attempt)))
        let results = Replay(actor: .revert).run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(service.starts == 1)
        try service.end()
    }

    @Test("that fails is tried once by whoever undoes, and once more by whoever asks for it")
    func failing() throws {
        let service = try Service("sleep 600 & : SERVICE; exit 1")
        var notes = try service.notes()
        let guardian = Replay(actor: .guardian).run([service.record()], notes: &notes)
        #expect(guardian.map(\.isClean) == [false])
        #expect(guardian.first?.failure?.contains("exit 1") == true, "\(guardian)")
        #expect(service.starts == 1)
        let own = try #require(ProcessTable.identity(of: getpid()))
        let settled = Replay(actor: .revert, ending: own).run([service.record()], notes: &notes)
        #expect(settled.map(\.isClean) == [false])
        #expect(service.starts == 1)
        for count in 2...3 {
            let results = Replay(actor: .revert).run([service.record()], notes: &notes)
            #expect(results.map(\.isClean) == [false])
            #expect(service.starts == count)
        }
        #expect(processes(marked: service.mark) == [], "its session is ended with it")
    }

    @Test("that does not come up in time is ended with all its processes")
    func late() throws {
        let service = try Service("(trap '' HUP TERM; sleep 600; : SERVICE) & sleep 600; : SERVICE")
        var notes = try service.notes()
        let results = Replay(actor: .guardian, servicePatience: 1_000_000_000)
            .run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [false])
        #expect(results.first?.comparisons.map(\.after) == ["none"])
        #expect(service.starts == 1)
        #expect(processes(marked: service.mark) == [])
    }

    @Test(
        "that a command has left in a session of its own is waited for when the command has ended")
    func daemon() throws {
        let service = try Service("setsid sh -c 'sleep 1; exec SERVICE' &")
        var notes = try service.notes()
        let start = try ServiceStart(service.restart)
        let attempt = try #require(start.restart.attempt)
        while ProcessTable.isAlive(attempt.process) { usleep(1_000) }
        let results = Replay(actor: .guardian).run([service.record(attempt)], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(service.starts == 1)
        try service.end()
    }

    @Test("waits for the end of a process that got the signal and takes its time")
    func dying() async throws {
        var service = try Service("exec SERVICE")
        let script =
            "trap 'sleep 2; exit' TERM; : >\(service.scratch.path)/up; "
            + "while :; do sleep 0.1; done; : \(service.mark)"
        let old = try ChildProcess.spawn(
            .init(executable: "/bin/bash", arguments: ["-c", script]))
        while !service.scratch.exists("up") { usleep(10_000) }
        service.restart.sign = .commandLine(service.mark)
        service.restart.ended = [old.identity]
        service.restart.writtenAt = ProcessTable.ticks
        var notes = try service.notes()
        try old.signal(SIGTERM)
        let results = Replay(actor: .guardian).run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(old.status != nil)
        #expect(service.starts == 1)
        #expect(processes(marked: service.mark).count == 1)
        try service.end()
    }

    @Test("is made although a process that was there before has the service's sign")
    func stranger() async throws {
        var service = try Service("exec SERVICE")
        let gone = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await gone.wait()
        let stranger = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: [service.mark]))
        try await Task.sleep(for: .milliseconds(50))
        service.restart.ended = [gone.identity]
        service.restart.writtenAt = ProcessTable.ticks
        var notes = try service.notes()
        let results = Replay(actor: .guardian).run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(service.starts == 1)
        try service.end()
        _ = await stranger.terminate(grace: .zero)
    }

    @Test("is enough when it has fewer processes than before, and is made once")
    func fewer() async throws {
        var service = try Service("exec SERVICE")
        let gone = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await gone.wait()
        service.restart.ended = [gone.identity]
        service.restart.count = 5
        service.restart.writtenAt = ProcessTable.ticks
        var notes = try service.notes()
        let results = Replay(actor: .guardian).run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        #expect(service.starts == 1)
        try service.end()
    }

    @Test("hands down what was recorded, and not what whoever starts it has taken for itself")
    func inheritance() throws {
        var service = try Service("exec SERVICE")
        service.restart.inheritance = ProcessInheritance(nice: 7, descriptors: 123)
        var notes = try service.notes()
        let results = Replay(actor: .guardian).run([service.record()], notes: &notes)
        #expect(results.map(\.isClean) == [true], "\(results)")
        let process = try #require(processes(marked: service.mark).first)
        let limit = try ProcessHandle(process).limit(of: .descriptors)
        let own = try ProcessHandle(#require(ProcessTable.identity(of: getpid())))
        let hard = try own.limit(of: .descriptors).hard
        #expect(limit.soft == 123)
        #expect(limit.hard == hard)
        #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(process.pid)) == 7)
        try service.end()
    }

    @Test("is not made for another user, whose sign may be a pipe that nobody writes to")
    func foreign() throws {
        var service = try Service("exec SERVICE")
        let pipe = "\(service.scratch.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        service.restart.sign = .pidFile(pipe)
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        let header = JournalHeader(
            drill: "d", process: ProcessIdentity(pid: child.identity.pid, startTime: 1),
            boot: BootIdentifier.current)
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(service.scratch.state),
            first: .header(header))
        _ = try file.append(.push(service.record()))
        let findings = try Reversion(directory: service.scratch.state, isForOther: true).run()
        #expect(findings.map(\.state) == [.residual])
        #expect(findings.first?.undone.first?.failure?.contains("as user \(geteuid())") == true)
        #expect(service.starts == 0)
    }

    @Test("is given its time by those who wait for a guardian")
    func bound() {
        let restart = ServiceRestart(
            command: ["/bin/true"], sign: .port(1), ended: [], count: 1, mountNamespace: nil)
        var contents = JournalContents()
        let usual = contents.replayBound()
        contents.append(.push(UndoRecord("f1", .restart(restart))), sequence: 1, line: 1)
        #expect(contents.replayBound() > usual + .nanoseconds(ServiceStart.patience))
        contents.append(.close("f1"), sequence: 2, line: 2)
        #expect(contents.replayBound() == usual)
    }
}
