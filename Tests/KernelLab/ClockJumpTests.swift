import Foundation
import Kernel
import Records
import Testing

/// The wall clock of the machine is set while a drill runs, as by a person or a first NTP answer.
@Suite("A clock that jumps", .serialized, .timeLimit(.minutes(5)))
struct ClockJumpTests {
    private let program: ReleasedProgram

    init() throws {
        try Machine.require()
        program = try ReleasedProgram()
    }

    /// A drill's end, its record and its events, with how long the process was stopped.
    private struct End {
        var status: Kernel.ExitStatus?
        var fault: FaultRecord
        var times: [Int64]
        var stopped: Duration
    }

    /// Pauses a process for six seconds, and sets the wall clock in the middle of it, ahead and back.
    private func pause(jumping jumps: [Int]) async throws -> End {
        let victim = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: ["600"], environment: []))
        let file = "\(program.directory)/victim.pid"
        try "\(victim.identity.pid)\n".write(toFile: file, atomically: false, encoding: .utf8)
        let path = try program.write(
            """
            playbook: paused
            title: A process stands still
            hypothesis: It stands still for six seconds, whatever the wall clock says.
            method:
              - { fault: process.pause, on: { pid_file: \(file) }, for: 6 s }
            limits: { processes: 1, disk: 0 B, interfaces: [] }
            """, as: "paused")
        let drill = try program.start(["run", "--yes", path])
        let clock = ContinuousClock()
        #expect(try await eventually { isStopped(victim) }, "\(program.output)")
        let start = clock.now
        for seconds in jumps {
            try await Task.sleep(for: .seconds(1))
            try setWallClock(ahead: seconds)
        }
        #expect(try await eventually { !isStopped(victim) }, "\(program.output)")
        let stopped = clock.now - start
        let status = await drill.wait(atMost: .seconds(120))
        try setWallClock(ahead: -jumps.reduce(0, +))
        _ = await drill.terminate(grace: .zero)
        _ = await victim.terminate(grace: .zero)
        return End(
            status: status, fault: try #require(try program.verdict().faults.first),
            times: try eventTimes(), stopped: stopped)
    }

    private func isStopped(_ process: ChildProcess) -> Bool {
        ["T", "t"].contains(ProcessTable.state(of: process.identity.pid))
    }

    private func setWallClock(ahead seconds: Int) throws {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        now.tv_sec += seconds
        try #require(clock_settime(CLOCK_REALTIME, &now) == 0, "errno \(errno)")
    }

    private func eventTimes() throws -> [Int64] {
        struct Line: Decodable { var time: Int64 }
        let evidence = "\(program.directory)/evidence"
        let drill = try #require(
            try FileManager.default.contentsOfDirectory(atPath: evidence).first)
        return try String(contentsOfFile: "\(evidence)/\(drill)/events.jsonl", encoding: .utf8)
            .split(separator: "\n")
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).time }
    }

    @Test("moves no deadline, wakes no guardian, and leaves the journal in order")
    func jump() async throws {
        let end = try await pause(jumping: [3_600, -7_200])
        // It expects nothing of a target, so the drill is inconclusive and its fault is what counts.
        #expect(end.status == .exited(4), "\(program.output)")
        #expect(end.fault.injection == .confirmed, "\(end.fault.proof)")
        #expect(end.fault.undo == .clean && end.fault.undoneBy == .drill)
        #expect(end.stopped > .seconds(4) && end.stopped < .seconds(40), "\(end.stopped)")
        #expect(end.times == end.times.sorted())
        #expect((end.times.last ?? .max) < 120_000_000_000)
        try program.remove()
    }
}
