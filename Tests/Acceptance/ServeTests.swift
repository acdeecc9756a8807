import Foundation
import Kernel
import Scheduler
import Testing

/// `firedrill serve` as a team leaves it running: schedules, alerts, history, and a clean end.
@Suite("The service that a team leaves running", .serialized)
struct ServeTests {
    /// A running service, and how it is reached.
    struct Service {
        var child: ChildProcess
        var port: UInt16

        /// Starts `firedrill serve` on a free port and waits until it listens.
        static func start(
            _ command: DrillCommand, _ arguments: [String], output: String = "serve.txt"
        ) async throws -> Service {
            let child = try command.start(
                ["serve", "--listen", "127.0.0.1:0"] + arguments, output: output)
            for _ in 0..<1500 {
                let text =
                    (try? String(contentsOfFile: "\(command.directory)/\(output)", encoding: .utf8))
                    ?? ""
                if let line = text.split(separator: "\n").first(where: {
                    $0.hasPrefix("listening http://127.0.0.1:")
                }), let port = UInt16(line.dropLast().split(separator: ":").last ?? "") {
                    return Service(child: child, port: port)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            return try #require(nil, "the service does not listen")
        }

        /// Asks it to end; it must do so by itself.
        func end() async throws {
            try child.signal(SIGTERM)
            #expect(await child.wait() == .exited(0))
        }

        /// Asks again and again until an answer holds a text; fails after 30 s.
        func waitFor(_ text: String, at path: String) async throws {
            var last = ""
            for _ in 0..<300 {
                last = try LoopbackHTTP.request("GET", path, port: port).text
                if last.contains(text) { return }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("'\(text)' is not in \(path):\n\(last)")
        }
    }

    /// A directory with a playbook that passes while there is a file `good` beside it.
    private static func playbooks(in command: DrillCommand) throws -> String {
        let directory = "\(command.directory)/playbooks"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        try """
        playbook: flips
        title: A file is there
        hypothesis: The file is there.
        method:
          - probe: command
            run: [test, -e, "\(command.directory)/good"]
        """.write(toFile: "\(directory)/flips.yaml", atomically: true, encoding: .utf8)
        try """
        playbook: unready
        title: What is not ready is not disturbed
        hypothesis: It stays ready.
        timing: { warmup: 0 s, baseline: 500 ms, recovery: 1 s, drain: 1 s }
        steady_state:
          - { probe: command, name: ready, run: ["false"], every: 100 ms }
        method:
          - wait: 100 ms
        expect:
          - check: no_crash
        """.write(toFile: "\(directory)/unready.yaml", atomically: true, encoding: .utf8)
        return directory
    }

    private static func token(of command: DrillCommand) async throws -> String {
        #expect(
            try await command.run(["token", "add", "ann", "--scope", "admin"]) == 0,
            "\(command.output)")
        return command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("What fails, what was missed and what passes again is told, and the history has it")
    func dayInTheLife() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        command.environment = [
            "FIREDRILL_INCIDENTS=\(try receiver.configuration(in: command.directory))"
        ]
        let playbooks = try Self.playbooks(in: command)
        let token = try await Self.token(of: command)
        // Due while nobody runs it, and too late then.
        let due = Moment(nanoseconds: RealTimeClock.now) + .seconds(3)
        #expect(
            try await command.run([
                "schedule", "add", DrillCommand.playbook("one-probe"), "--at", due.iso8601,
                "--deadline", "1 s", "--name", "late",
            ]) == 0, "\(command.output)")
        while Moment(nanoseconds: RealTimeClock.now) < due + .seconds(2) {
            try await Task.sleep(for: .milliseconds(50))
        }
        let service = try await Service.start(command, ["--playbooks", playbooks])
        let schedule = "playbook: \(playbooks)/flips.yaml\nevery: 1 h\n"
        let path = "/api/v1/schedules/flips"
        let refused = try LoopbackHTTP.request("PUT", path, port: service.port, body: schedule)
        #expect(refused.status == 401)
        let soon = (Moment(nanoseconds: RealTimeClock.now) + .seconds(2)).iso8601
        let kept = try LoopbackHTTP.request(
            "PUT", path, port: service.port, token: token,
            body: schedule.replacingOccurrences(of: "every: 1 h", with: "at: \(soon)"))
        #expect(kept.status == 200, "\(kept.text)")
        let unready = try LoopbackHTTP.request(
            "PUT", "/api/v1/schedules/unready", port: service.port, token: token,
            body: "playbook: \(playbooks)/unready.yaml\nat: \(soon)\n")
        #expect(unready.status == 200, "\(unready.text)")
        let missed = try await receiver.waitFor("missed", of: "one-probe")
        #expect(missed.sentence.contains("schedule late"))
        let failed = try await receiver.waitFor("failed", of: "flips")
        try await service.waitFor(#""outcome":"failed""#, at: "/api/v1/drills")
        let page = try LoopbackHTTP.request("GET", "/drills", port: service.port)
        #expect(page.text.contains("A file is there"))

        try "".write(
            toFile: "\(command.directory)/good", atomically: true, encoding: .utf8)
        let asked = try LoopbackHTTP.request(
            "POST", "\(path)/run", port: service.port, token: token)
        #expect(asked.status == 200, "\(asked.text)")
        try await receiver.waitFor("recovered", of: "flips")
        // The drill looked at the steady state before its first fault: it did not fail.
        try await receiver.waitFor("unmet", of: "unready")
        #expect(receiver.alerts.count == 4, "\(receiver.alerts)")
        #expect(!failed.key.isEmpty)
        try await service.end()
        #expect(command.drills.count == 3)
        #expect(Residue.find(of: command.directory).isEmpty)
    }

    @Test("News that a crash catches before they are told are told by the next service, once")
    func killedBeforeTelling() async throws {
        var command = try DrillCommand()
        defer { command.remove() }
        let receiver = try AlertReceiver()
        defer { receiver.stop() }
        command.environment = [
            "FIREDRILL_INCIDENTS=\(try receiver.configuration(in: command.directory))"
        ]
        let playbooks = try Self.playbooks(in: command)
        let flips = ["schedule", "add", "\(playbooks)/flips.yaml", "--every", "1h"]
        #expect(try await command.run(flips) == 0, "\(command.output)")
        let store = try SQLiteScheduleStore(
            ScheduleDirectory("\(command.state)/schedules"), owner: "test")
        let first = try await Service.start(command, [])
        // A directory in the place of the state of alerts: nothing can be told.
        let obstacle = "\(command.state)/incidents/alerts.json"
        try FileManager.default.createDirectory(
            atPath: obstacle, withIntermediateDirectories: false)
        #expect(try await command.run(["schedule", "run-now", "flips"]) == 0)
        _ = try await ScheduleTests.waitFor(.ended, of: "flips", in: store)
        try first.child.signal(SIGKILL)
        _ = await first.child.wait()
        #expect(try store.takeUntold(limit: 9).map(\.exitCode) == [1])
        // And one that left a fault behind, on a host whose evidence nobody has.
        let before = Moment(nanoseconds: RealTimeClock.now) + .seconds(-3600)
        let lost = Occurrence(
            identifier: OccurrenceIdentifier(schedule: "flips", due: before),
            state: .ended, drill: "20260101T000000Z-flips-abcdef", exitCode: 5)
        try store.record([lost])
        #expect(receiver.alerts.isEmpty)
        try FileManager.default.removeItem(atPath: obstacle)

        let second = try await Service.start(command, [])
        try await receiver.waitFor("failed", of: "flips")
        try await receiver.waitFor("residual", of: "flips")
        try await second.end()
        #expect(try store.takeUntold(limit: 9).isEmpty)
        let third = try await Service.start(command, [])
        try await third.end()
        #expect(receiver.alerts.map(\.type).sorted() == ["alert.failed", "alert.residual"])
    }
}
