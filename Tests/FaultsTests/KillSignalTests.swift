import Glibc
import Kernel
import Playbooks
import Records
import TestSupport
import Testing

@testable import Faults

@Suite("Signals that a fault may send", .timeLimit(.minutes(1)))
struct KillSignalTests {
    private func run(
        _ signal: String, on child: ChildProcess, for duration: Duration? = nil
    ) async throws -> FaultRecord {
        let limits = Limits(processes: 1)
        let fault = try ProcessKill(
            step: FaultStep(
                kind: "process.kill", selector: Selector(role: "primary"),
                arguments: Arguments(["signal": .string(signal)]), duration: duration),
            identifier: "f1", limits: limits)
        let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
        let context = FaultContext.fake(Journal(), testbed: testbed, limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    /// A shell that has done `preparation`, and waits.
    private func withShell(
        _ preparation: String, _ body: (ChildProcess) async throws -> Void
    ) async throws {
        let script = "\(preparation); while :; do sleep 0.01; done"
        try await withChild("/bin/sh", ["-c", script]) { child in
            // Its traps are there once it runs what comes after them.
            for _ in 0..<1000 {
                let children = ProcessTable.all().filter {
                    ProcessTable.parent(of: $0.pid) == child.identity.pid
                }
                if !children.isEmpty { break }
                try await Task.sleep(for: .milliseconds(5))
            }
            try await body(child)
        }
    }

    @Test(
        "Every signal is known by its name, with and without the prefix",
        arguments: [
            ("HUP", SIGHUP), ("SIGUSR1", SIGUSR1), ("WINCH", SIGWINCH), ("SIGSYS", SIGSYS),
            ("RTMIN", 34), ("SIGRTMIN+15", 49), ("RTMAX-14", 50), ("SIGRTMAX", 64),
        ])
    func names(word: String, number: Int32) throws {
        #expect(try #require(KillSignal(word)).number == number)
        #expect(KillSignal.words.contains(word))
    }

    @Test("The names cover all numbers but those that glibc keeps for itself")
    func complete() {
        #expect(
            Set(KillSignal.all.map(\.number)) == Set((1...64).filter { ![32, 33].contains($0) }))
        #expect(KillSignal("NOPE") == nil)
    }

    @Test("A signal that is caught is confirmed, and the process is said to run on")
    func caught() async throws {
        try await withShell("trap : USR1") { child in
            let record = try await run("SIGUSR1", on: child)
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.proof.contains("it took SIGUSR1 within"), "\(record.proof)")
            #expect(record.proof.hasSuffix("and runs on"))
            #expect(ProcessTable.isAlive(child.identity))
        }
    }

    @Test("A signal that ends the process is confirmed, and its end is told")
    func ended() async throws {
        try await withChild { child in
            let record = try await run("HUP", on: child)
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.proof.contains("it ended"), "\(record.proof)")
            #expect(await child.wait() == .signaled(SIGHUP))
        }
    }

    @Test("A signal that is ignored, and one that nobody waits for, prove nothing")
    func ignored() async throws {
        try await withShell("trap '' HUP") { child in
            let record = try await run("HUP", on: child)
            #expect(record.injection == .unproven)
            #expect(record.proof.contains("it ignores SIGHUP"), "\(record.proof)")
            #expect(try await run("WINCH", on: child).injection == .unproven)
        }
    }

    @Test(
        "A stopped process is refused all signals but KILL: it would take them only later",
        arguments: ["USR1", "TERM", "CONT", "WINCH"])
    func stopped(signal: String) async throws {
        try await withChild { child in
            #expect(kill(child.identity.pid, SIGSTOP) == 0)
            let handle = try ProcessHandle(child.identity)
            for _ in 0..<1000 where handle.state != "T" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let record = try await run(signal, on: child)
            #expect(record.injection != .confirmed)
            #expect(record.proof.contains("somebody else has stopped it"), "\(record.proof)")
            #expect(SignalState(of: child.identity)?.pending == [])
            #expect(handle.state == "T")
            #expect(try await run("KILL", on: child).injection == .confirmed)
        }
    }

    @Test("A signal that a process holds back is left behind, and told")
    func blocked() async throws {
        let script = "use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR1)); sleep 600"
        try await withChild("/usr/bin/perl", ["-e", script]) { child in
            for _ in 0..<1000
            where SignalState(of: child.identity)?.blocked.contains(SIGUSR1) != true {
                try await Task.sleep(for: .milliseconds(5))
            }
            let record = try await run("USR1", on: child)
            #expect(record.injection == .unproven)
            #expect(record.proof.contains("it has not taken SIGUSR1"), "\(record.proof)")
            #expect(record.undo == .residual)
            #expect(record.comparisons.first?.what.contains("SIGUSR1 that waits") == true)
        }
    }

    @Test(
        "A process that a signal certainly ends is seen to end, and leaves no core file",
        arguments: ["XCPU", "SEGV"])
    func core(signal: String) async throws {
        let directory = "/tmp/firedrill-core-\(UInt64.random(in: 0...UInt64.max))"
        try #require(mkdir(directory, 0o700) == 0)
        defer {
            unlink("\(directory)/core")
            rmdir(directory)
        }
        let script = "ulimit -c unlimited; cd \(directory); exec sleep 600"
        try await withChild("/bin/sh", ["-c", script]) { child in
            for _ in 0..<1000
            where ProcessTable.commandLine(of: child.identity.pid)?.first != "sleep" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let handle = try ProcessHandle(child.identity)
            try #require(try handle.limit(of: .coreFile).soft > 1, "the shell may raise it")
            let record = try await run(signal, on: child)
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(!record.proof.contains("runs on"), "\(record.proof)")
            #expect(await child.wait() == .signaled(KillSignal(signal)?.number ?? 0))
            #expect(Descriptor.names(in: directory) == [])
        }
    }

    /// The kernel stops nobody so whose process group nobody in its session could continue (signal(7),
    /// POSIX's orphaned process groups): the child of a test, and a service.
    @Test("What a terminal stops with needs a length, and is not taken for a pause of a service")
    func terminalStop() async throws {
        #expect(KillSignal("TSTP")?.effect == .stops)
        try await withChild { child in
            let error = await #expect(throws: FaultError.self) { try await run("TSTP", on: child) }
            #expect(error?.reason.contains("TSTP needs the length of the pause") == true)
            let record = try await run("TSTP", on: child, for: .milliseconds(100))
            #expect(record.injection == .mismatch, "\(record.proof)")
            #expect(record.undo == .clean)
            #expect(try ProcessHandle(child.identity).state != "T")
        }
    }
}
