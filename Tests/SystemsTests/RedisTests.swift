import FaultProxy
import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing
import Undo

@Suite("Redis testbed", .timeLimit(.minutes(2)))
struct RedisTests {
    private static let queue = "drill"

    /// Runs `body` with a started testbed and stops it, whatever happens.
    private static func withTestbed(
        _ settings: [String: ArgumentValue] = [:],
        _ body: (any Testbed, any QueueClient, TestDrill) async throws -> Void
    ) async throws {
        let drill = try TestDrill()
        let system = try SystemCatalogue.make(
            Target(kind: "redis", settings: Arguments(settings)))
        try await drill.use(system) { try await body($0, $1, drill) }
    }

    private static func message(_ sequence: Int) -> MessageIdentifier {
        MessageIdentifier(producer: 0, sequence: sequence)
    }

    private static func body(_ sequence: Int) -> [UInt8] {
        Array("fd1 run1 \(message(sequence)) 00000000 padding".utf8)
    }

    private static func enqueue(
        _ numbers: some Sequence<Int>, _ client: any QueueClient
    ) async throws {
        for number in numbers {
            let answer = await client.enqueue(
                message(number), body: body(number), queue: queue, on: "redis",
                deadline: .seconds(10))
            try #require(answer.isOK, "\(answer)")
        }
    }

    private static func reserve(_ client: any QueueClient) async throws -> Delivery? {
        let answer = await client.reserve(
            queue: queue, on: "redis", lease: .seconds(10), wait: .milliseconds(50),
            deadline: .seconds(10))
        guard case .ok(let delivery, _) = answer else {
            Issue.record("\(answer)")
            return nil
        }
        return delivery
    }

    @Test("messages come out in order, are acknowledged once, and refused ones come again")
    func deliversInOrder() async throws {
        try await Self.withTestbed { testbed, client, drill in
            try await Self.enqueue(1...3, client)
            let first = try #require(try await Self.reserve(client))
            #expect(first.body == Self.body(1))
            #expect(
                try await testbed.depth(of: Self.queue, on: "redis")
                    == QueueDepth(ready: 2, delayed: 0, leased: 1, dead: 0))
            #expect(
                await client.acknowledge(first, on: "redis", deadline: .seconds(10)).isOK)
            let again = await client.acknowledge(first, on: "redis", deadline: .seconds(10))
            guard case .failed(_, _, _, isFinal: true) = again else {
                Issue.record("a second acknowledgement was \(again)")
                return
            }
            let second = try #require(try await Self.reserve(client))
            #expect(
                await client.refuse(
                    second, reason: "test", on: "redis", deadline: .seconds(10)
                ).isOK)
            #expect(try await Self.reserve(client)?.body == Self.body(3))
            #expect(try await Self.reserve(client)?.body == Self.body(2))
            #expect(try await Self.reserve(client) == nil)
            #expect(testbed.wire.observations.map(\.message) == (1...3).map(Self.message))
        }
    }

    @Test("a message that is refused too often is dead, under its identifier")
    func deadLetters() async throws {
        try await Self.withTestbed(["attempts": .integer(2)]) { testbed, client, _ in
            try await Self.enqueue([7], client)
            for _ in 0..<2 {
                let delivery = try #require(try await Self.reserve(client))
                _ = await client.refuse(
                    delivery, reason: "test", on: "redis", deadline: .seconds(10))
            }
            #expect(try await Self.reserve(client) == nil)
            #expect(try await testbed.deadLetters(of: Self.queue) == [Self.message(7)])
            #expect(try await testbed.depth(of: Self.queue, on: "redis").dead == 1)
        }
    }

    @Test("what nobody settled within the lease goes back to the queue by itself")
    func reaps() async throws {
        try await Self.withTestbed(["lease": .duration(.milliseconds(300))]) { testbed, client, _ in
            try await Self.enqueue(1...3, client)
            for _ in 0..<3 { _ = try await Self.reserve(client) }
            #expect(try await testbed.depth(of: Self.queue, on: "redis").leased == 3)
            let end = ContinuousClock.now + .seconds(20)
            while try await testbed.depth(of: Self.queue, on: "redis").ready < 3,
                ContinuousClock.now < end
            {
                try await Task.sleep(for: .milliseconds(50))
            }
            var bodies: [[UInt8]] = []
            for _ in 0..<3 { bodies.append(try #require(try await Self.reserve(client)).body) }
            #expect(Set(bodies) == Set((1...3).map(Self.body)))
        }
    }

    @Test(
        "a killed server with an append-only file has everything, without one nothing",
        arguments: [true, false])
    func restarts(appendsOnly: Bool) async throws {
        // Not everysec: while a background fsync runs, Redis acknowledges writes that it has not
        // yet given to the kernel, and a kill loses them.
        let settings: [String: ArgumentValue] = [
            "appendonly": .boolean(appendsOnly), "appendfsync": .string("always"),
        ]
        try await Self.withTestbed(settings) { testbed, client, drill in
            try await Self.enqueue(1...20, client)
            _ = try await Self.reserve(client)
            let process = try #require(await testbed.nodes().first?.process)
            try ProcessHandle(process).signal(SIGKILL)
            #expect(await ProcessHandle.end(of: process))
            let refused = await client.enqueue(
                Self.message(99), body: Self.body(99), queue: Self.queue, on: "redis",
                deadline: .seconds(5))
            #expect(!refused.isOK)
            #expect(await testbed.status(of: "redis").result == .unhealthy)
            try await testbed.restart(node: "redis")
            #expect(await testbed.status(of: "redis").result == .healthy)
            #expect(await testbed.nodes().first?.process != process)
            let depth = try await testbed.depth(of: Self.queue, on: "redis")
            #expect(depth.ready == (appendsOnly ? 20 : 0))
            #expect(depth.leased == 0)
            #expect(drill.events.map(\.kind) == [.nodeStarted, .nodeExited, .nodeRestarted])
            try await Self.enqueue([100], client)
        }
    }

    @Test("the record of a node is on the undo stack before it runs, and closed when it is gone")
    func recordsUndo() async throws {
        try await Self.withTestbed { testbed, _, drill in
            let process = try #require(await testbed.nodes().first?.process)
            #expect(
                drill.undo.pushed.map(\.reversal) == [
                    .kernel(
                        lifetime: "PR_SET_PDEATHSIG of the process of redis",
                        witnesses: .endOfWork(in: drill.environment.workDirectory))
                ])
            #expect(drill.undo.open.values.map(\.reversal) == [.endSession(process)])
        }
    }

    @Test("nothing is started when the undo record cannot be written")
    func needsUndo() async throws {
        let drill = try TestDrill(undo: MemoryUndoStack(refuses: true))
        let system = try SystemCatalogue.make(Target(kind: "redis"))
        await #expect(throws: MemoryUndoStack.Refused.self) {
            _ = try await system.start(in: drill.environment)
        }
        #expect(try drill.remains().isEmpty)
        try drill.remove()
    }

    @Test("a file system of its own is refused without private mounts, with the remedy")
    func needsMounts() async throws {
        let drill = try TestDrill()
        let storage = Arguments(["kind": .string("tmpfs"), "size": .byteCount(ByteCount(16 << 20))])
        let system = try SystemCatalogue.make(
            Target(kind: "redis", settings: Arguments(["storage": .mapping(storage)])))
        let error = await #expect(throws: SystemError.self) {
            _ = try await system.start(in: drill.environment)
        }
        #expect(error?.remedy.contains("root") == true)
        #expect(try drill.remains().isEmpty)
        try drill.remove()
    }

    @Test("a stopped server is indeterminate, and its latency is measured over the link")
    func stopped() async throws {
        try await Self.withTestbed { testbed, client, _ in
            let link = try #require(testbed.links.first)
            #expect(await testbed.roundTrip(over: link, deadline: .seconds(10)) != nil)
            let process = try #require(await testbed.nodes().first?.process)
            try ProcessHandle(process).signal(SIGSTOP)
            let answer = await client.enqueue(
                Self.message(1), body: Self.body(1), queue: Self.queue, on: "redis",
                deadline: .milliseconds(300))
            guard case .indeterminate(let word) = answer else {
                Issue.record("the answer was \(answer)")
                return
            }
            #expect(word == "timeout")
            #expect(await testbed.roundTrip(over: link, deadline: .milliseconds(100)) == nil)
            try ProcessHandle(process).signal(SIGCONT)
        }
    }
}

extension Answer {
    /// Whether the service acknowledged it.
    var isOK: Bool {
        if case .ok = self { return true }
        return false
    }
}

extension ProcessHandle {
    /// Waits for the end of a process, which may have come already.
    static func end(of process: ProcessIdentity) async -> Bool {
        guard let handle = try? ProcessHandle(process) else { return true }
        return await handle.waitForExit(atMost: .seconds(10))
    }
}
