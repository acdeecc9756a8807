import Glibc
import Kernel
import Playbooks
import Records
import Systems
import TestSupport
import Testing
import Undo

@testable import Faults

@Suite("process.limit", .timeLimit(.minutes(1)))
struct ProcessLimitTests {
    private func run(
        _ arguments: [String: ArgumentValue], on child: ChildProcess, for duration: Duration,
        _ journal: Journal = Journal()
    ) async throws -> FaultRecord {
        let step = FaultStep(
            kind: "process.limit", selector: Selector(role: "primary"),
            arguments: Arguments(arguments), duration: duration)
        let limits = Limits(processes: 1)
        let fault = try ProcessLimit(step: step, identifier: "f1", limits: limits)
        let testbed = FakeTestbed([.fake("a", .primary, process: child.identity)])
        let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
        return await FaultLife(fault, context: context).run()
    }

    @Test(
        "counts the gaps in front, and never raises a limit",
        arguments: [
            (0, [0, 1, 2], 3), (0, [0, 2, 9], 1), (2, [0, 2, 4], 5), (1, [0, 1, 2, 4], 5),
            (500, [0], 100), (0, [], 0),
        ] as [(Int, [Int32], UInt64)])
    func limits(left: Int, open: [Int32], expected: UInt64) {
        let goal = LimitGoal.descriptorsLeft(left)
        let limit = goal.softLimit(open: open, prior: 100)
        #expect(limit == expected)
        if expected < 100 { #expect(LimitGoal.free(open: open, limit: limit) == left) }
        #expect(LimitGoal.fileSize(1 << 40).softLimit(open: [], prior: 100) == 100)
    }

    @Test("takes a process's descriptors and gives them back")
    func descriptors() async throws {
        try await withChild("/bin/sleep", ["600"]) { child in
            let handle = try ProcessHandle(child.identity)
            let before = try handle.limit(of: .descriptors)
            let record = try await run(
                ["descriptors_left": .integer(0)], on: child, for: .milliseconds(200))
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.undo == .clean)
            #expect(try handle.limit(of: .descriptors) == before)
            #expect(record.comparisons.first?.before == "\(before)")
        }
    }

    @Test("keeps what a process closes from it, and shows that it can accept nobody")
    func refusal() async throws {
        // It listens, and opens and closes files; what is accepted is never closed.
        let script = """
            use Socket; use Fcntl;
            socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK));
            listen(S, 9); fcntl(S, F_SETFL, O_NONBLOCK);
            for (1..9) { open(my $file, "<", "/dev/null"); push @spare, $file }
            $| = 1; print((sockaddr_in(getsockname(S)))[0], "\\n");
            while (1) {
              select(undef, undef, undef, 0.02); pop @spare;
              my $client; push @kept, $client if accept($client, S);
            }
            """
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let child = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/perl", arguments: ["-e", script],
                standardOutput: ends[1]))
        close(ends[1])
        var answer = [UInt8](repeating: 0, count: 16)
        let count = read(ends[0], &answer, answer.count)
        close(ends[0])
        let text = String(decoding: answer.prefix(max(0, count)), as: UTF8.self)
        let port = try #require(Int(text.split(whereSeparator: \.isWhitespace).first ?? ""))
        var state = NodeState.fake("a", .primary, process: child.identity)
        state.port = port
        let step = FaultStep(
            kind: "process.limit", selector: Selector(role: "primary"),
            arguments: Arguments(["descriptors_left": .integer(2)]), duration: .seconds(3))
        let limits = Limits(processes: 1)
        let fault = try ProcessLimit(step: step, identifier: "f1", limits: limits)
        let handle = try ProcessHandle(child.identity)
        let before = try handle.limit(of: .descriptors)
        let context = FaultContext.fake(
            Journal(), testbed: FakeTestbed([state]), limits: limits)
        let record = await FaultLife(fault, context: context).run()
        #expect(record.injection == .confirmed, "\(record.proof)")
        #expect(record.proof.contains("a connection waited"), "\(record.proof)")
        #expect(record.undo == .clean)
        #expect(try handle.limit(of: .descriptors) == before)
        _ = await child.terminate(grace: .zero)
    }

    @Test("keeps a file from growing, and a process that never comes near is no proof")
    func fileSize() async throws {
        // The shell's file is removed as soon as it is open.
        let script =
            "exec 2>/dev/null; trap '' XFSZ; f=$(mktemp); exec 3>$f; rm $f; while :; do echo x >&3; sleep 0.01; done"
        try await withChild("/bin/bash", ["-c", script]) { child in
            let record = try await run(
                ["file_size": .byteCount(ByteCount(40))], on: child, for: .seconds(2))
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect((record.achieved.first?.during?.value ?? 0) >= 40)
            #expect(record.undo == .clean)
            let far = try await run(
                ["file_size": .byteCount(ByteCount(1 << 30))], on: child, for: .milliseconds(100))
            #expect(far.injection == .unproven)
            #expect(far.undo == .clean)
        }
    }

    @Test("gives the limit back when the drill is aborted")
    func aborted() async throws {
        try await withChild("/bin/sleep", ["600"]) { child in
            let handle = try ProcessHandle(child.identity)
            let before = try handle.limit(of: .descriptors)
            let task = Task {
                try await run(["descriptors_left": .integer(0)], on: child, for: .seconds(600))
            }
            while try handle.limit(of: .descriptors) == before {
                try await Task.sleep(for: .milliseconds(5))
            }
            task.cancel()
            #expect(try await task.value.undo == .clean)
            #expect(try handle.limit(of: .descriptors) == before)
        }
    }

    @Test("its undo record gives back what is ours, and leaves what somebody else has set since")
    func replay() async throws {
        try await withChild("/bin/sleep", ["600"]) { child in
            let handle = try ProcessHandle(child.identity)
            let prior = try handle.limit(of: .descriptors)
            let imposed = ResourceLimit(soft: 5, hard: prior.hard)
            let other = ResourceLimit(soft: 9, hard: prior.hard)
            let performer = ReversalPerformer()
            let reversal = Reversal.restoreLimit(
                child.identity, .descriptors, prior: prior, imposed: imposed)
            #expect(performer.perform(reversal).isClean)
            let lower = ResourceLimit(soft: 4, hard: prior.hard)
            _ = try handle.setLimit(of: .descriptors, to: lower)
            for _ in 1...2 { #expect(performer.perform(reversal).isClean) }
            #expect(try handle.limit(of: .descriptors) == prior)
            _ = try handle.setLimit(of: .descriptors, to: other)
            #expect(performer.perform(reversal).isClean)
            #expect(try handle.limit(of: .descriptors) == other)
            var earlier = child.identity
            earlier.startTime -= 1
            _ = try handle.setLimit(of: .descriptors, to: imposed)
            let stranger = Reversal.restoreLimit(
                earlier, .descriptors, prior: prior, imposed: imposed)
            #expect(performer.perform(stranger).isClean)
            #expect(try handle.limit(of: .descriptors) == imposed)
        }
    }

    @Test("needs exactly one goal, and a length")
    func refused() {
        func make(_ arguments: [String: ArgumentValue], _ duration: Duration?) throws {
            let step = FaultStep(
                kind: "process.limit", selector: Selector(role: "primary"),
                arguments: Arguments(arguments), duration: duration)
            _ = try ProcessLimit(step: step, identifier: "f1", limits: Limits(processes: 1))
        }
        let one = ["descriptors_left": ArgumentValue.integer(0)]
        #expect(throws: FaultError.self) { try make([:], .seconds(1)) }
        #expect(throws: FaultError.self) { try make(one, nil) }
        #expect(throws: FaultError.self) {
            try make(one.merging(["file_size": .byteCount(ByteCount(1))]) { $1 }, .seconds(1))
        }
    }

    @Test("measures the largest file once the limit is in: until then it may grow")
    func largest() async throws {
        let path = "/tmp/firedrill-limit-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let script = "exec 3>>\(path) >&3 2>&3; exec sleep 600"
        try await withChild("/bin/sh", ["-c", script]) { child in
            for _ in 0..<1000 where access(path, F_OK) != 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            let goal = LimitGoal.fileSize(4096)
            var limited = try LimitedProcess(
                SelectedProcess(identity: child.identity), port: nil, goal: goal)
            #expect(truncate(path, 16_384) == 0)
            try limited.impose(goal.resource)
            limited.observe(goal)
            #expect(limited.samples == 1)
            #expect(limited.isConfirmed(goal))
            #expect(truncate(path, 32_768) == 0)
            limited.observe(goal)
            #expect(!limited.isConfirmed(goal))
        }
    }
}
