import Foundation
import Glibc
import Kernel
import Playbooks
import Records
import TestSupport
import Testing
import Undo

@testable import Faults

@Suite("A service of the host, ended and started again by its command", .timeLimit(.minutes(2)))
struct ServiceRestartTests {
    /// Arguments that no other process has.
    private func mark() -> String { "600.\(UInt32.random(in: 1_000_000...9_999_999))" }

    private func step(_ mark: String, _ restart: [String]) -> FaultStep {
        FaultStep(
            kind: "process.kill", selector: Selector(commandLine: "^/bin/sleep \(mark)$"),
            arguments: Arguments(["restart": .list(restart.map { .string($0) })]))
    }

    private func run(
        _ step: FaultStep, journal: Journal = Journal()
    ) async throws -> FaultRecord {
        let limits = Limits(processes: 1)
        let fault = try ProcessKill(step: step, identifier: "f1", limits: limits)
        let context = FaultContext.fake(journal, testbed: FakeTestbed([]), limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    private func end(_ mark: String) throws {
        for process in ServiceSign.commandLine("^/bin/sleep \(mark)$").processes() {
            try ProcessHandle(process).signal(SIGKILL)
        }
    }

    @Test("Another process of the selector runs afterwards, and is no child that dies with us")
    func restarted() async throws {
        let mark = mark()
        try await withChild("/bin/sleep", [mark]) { child in
            let journal = Journal()
            let record = try await run(step(mark, ["/bin/sleep", mark]), journal: journal)
            #expect(
                journal.entries.filter { $0.hasSuffix(" f1") }
                    == ["push f1", "update f1", "close f1"], "who has started it is on record")
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.undo == .clean, "\(record.comparisons)")
            #expect(record.undoneBy == .drill)
            let now = ServiceSign.commandLine("^/bin/sleep \(mark)$").processes()
            #expect(now.count == 1 && now.first != child.identity)
            let process = try #require(now.first)
            #expect(ProcessTable.session(of: process.pid) == process.pid)
            let environment = try String(
                contentsOfFile: "/proc/\(process.pid)/environ", encoding: .utf8)
            #expect(
                Set(environment.split(separator: "\0").map { $0.prefix { $0 != "=" } })
                    == ["PATH", "LANG"])
            #expect(
                try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(process.pid)/cwd") == "/")
        }
        try end(mark)
    }

    @Test("The time until it is started again, be it hours, and for the start are its own to take")
    func hold() {
        let service = ServiceRestart(
            command: ["/bin/true"], sign: .port(1), ended: [], count: 1, mountNamespace: nil)
        let injector = KillInjector(
            identifier: "f1", signal: .KILL, restartAfter: .seconds(7200), processes: [],
            service: service, context: .fake(Journal()))
        #expect(
            injector.aim.longestHold ?? .zero
                >= .seconds(7200) + .nanoseconds(ServiceStart.patience))
    }

    @Test("A command that fails leaves a residue, and says why")
    func failed() async throws {
        let mark = mark()
        try await withChild("/bin/sleep", [mark]) { _ in
            let journal = Journal()
            let record = try await run(step(mark, ["/bin/false"]), journal: journal)
            #expect(
                journal.entries.filter { $0.hasSuffix(" f1") }
                    == ["push f1", "update f1", "update f1"], "so is that its start has failed")
            #expect(record.undo == .residual)
            #expect(record.comparisons.first?.after == "none", "\(record.comparisons)")
        }
    }

    @Test("Nothing is started where as many run as before, as when a supervisor was quicker")
    func quicker() async throws {
        let mark = mark()
        try await withChild("/bin/sleep", [mark]) { child in
            let restart = ServiceRestart(
                command: ["/nowhere/at/all"], sign: .commandLine("^/bin/sleep \(mark)$"),
                ended: [], count: 1, others: [child.identity], mountNamespace: nil)
            let outcome = ReversalPerformer().perform(.restart(restart))
            #expect(outcome.isClean, "\(outcome)")
            var more = restart
            more.count = 2
            let missing = ReversalPerformer().perform(.restart(more))
            #expect(missing.failure?.contains("/nowhere/at/all") == true, "\(missing)")
        }
    }

    @Test("The order for it is read back from a record as it was written")
    func record() throws {
        for sign in [
            ServiceSign.port(22), .pidFile("/run/x"), .unit("x"), .container("0123456789ab"),
            .controlGroup("a/b"), .commandLine("x"),
        ] {
            let reversal = Reversal.restart(
                ServiceRestart(
                    command: ["/bin/true", "a b"], sign: sign, ended: [], count: 3,
                    mountNamespace: MountNamespace.home))
            let data = try JSONEncoder().encode(reversal)
            #expect(try JSONDecoder().decode(Reversal.self, from: data) == reversal)
        }
    }

    @Test(
        "A command that could start nothing is refused",
        arguments: [
            (Selector(role: "primary"), ["/bin/true"], "the testbed starts its nodes itself"),
            (Selector(commandLine: "x"), ["true"], "no absolute path"),
        ])
    func refused(selector: Selector, command: [String], reason: String) {
        let error = #expect(throws: FaultError.self) {
            try ProcessKill(
                step: FaultStep(
                    kind: "process.kill", selector: selector,
                    arguments: Arguments(["restart": .list(command.map { .string($0) })])),
                identifier: "f1", limits: Limits())
        }
        #expect(error?.reason.contains(reason) == true)
    }
}
