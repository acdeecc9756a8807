import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing

@Suite("The reference queue on a full disk (needs root)", .timeLimit(.minutes(3)), .serialized)
struct FullDiskTests {
    private static let queue = "jobs"
    private static let size: Int64 = 24 << 20

    /// The program that the same build made: the tests' own bundle is beside it.
    private static var executable: String {
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(package)/.build/debug/refqueue"
    }

    /// A file that takes all the space that is left.
    private struct Ballast {
        let path: String

        /// Takes what is free, also what is kept for root.
        func grow() throws {
            let file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600)
            try #require(file >= 0)
            defer { close(file) }
            for length in [65_536, 4096, 512] {
                let part = [UInt8](repeating: 0, count: length)
                while write(file, part, length) > 0 {}
                try #require(errno == ENOSPC)
            }
            // Delayed allocation would still give way; see fsync(2).
            fsync(file)
        }

        func remove() { unlink(path) }
    }

    private static func enqueue(
        _ sequence: Int, _ client: any QueueClient
    ) async -> Answer<Void> {
        let message = MessageIdentifier(producer: 0, sequence: sequence)
        return await client.enqueue(
            message, body: MessageBody(run: "00000000", message: message).encoded(size: 16_000),
            queue: queue, on: "a", deadline: .seconds(10))
    }

    /// Enqueues until the disk is full, and a few times more; gives what was acknowledged.
    ///
    /// The log may have space of its own for some, also where the file system has none.
    private static func fill(from first: Int, _ client: any QueueClient) async throws -> Set<Int> {
        var stored: Set<Int> = []
        var sequence = first
        while await enqueue(sequence, client).isDone {
            stored.insert(sequence)
            sequence += 1
            try #require(stored.count < 2000, "the disk does not get full")
        }
        for _ in 0..<5 {
            sequence += 1
            let answer = await enqueue(sequence, client)
            #expect(answer.isRefusedForSpace, "\(answer)")
        }
        return stored
    }

    /// Takes one message and settles it; nil when there is none.
    private static func consume(_ client: any QueueClient) async throws -> Int? {
        let answer = await client.reserve(
            queue: queue, on: "a", lease: .seconds(60), wait: .zero, deadline: .seconds(10))
        guard case .ok(let delivery, _) = answer else {
            Issue.record("reserve was answered \(answer)")
            return nil
        }
        guard let delivery else { return nil }
        #expect(await client.acknowledge(delivery, on: "a", deadline: .seconds(10)).isDone)
        guard case .intact(let message) = MessageBody.read(delivery.body, run: "00000000") else {
            Issue.record("a message came out damaged")
            return nil
        }
        return message.sequence
    }

    /// Whether something becomes true within 30 s.
    private static func eventually(_ condition: () async -> Bool) async -> Bool {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            if await condition() { return true }
            // Cancelled: the next attempt ends at once, and the clock ends the loop.
            try? await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    private static func withNode(
        on kind: String, _ body: (any Testbed, any QueueClient, String) async throws -> Void
    ) async throws {
        #expect(getuid() == 0, "this test mounts file systems: run it as root")
        let directory =
            FileManager.default.temporaryDirectory.path + "/firedrill-full-\(getpid())-\(kind)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let environment = TestbedEnvironment(
            workDirectory: directory, logs: try HeldDirectory(at: directory), undo: OpenUndoStack(),
            now: { .zero }, seed: 1, report: { _ in }, hasPrivateMounts: true)
        let storage = Arguments([
            "kind": .string(kind), "size": .byteCount(ByteCount(Self.size)),
        ])
        let target = Target(
            kind: "reference",
            settings: Arguments(["nodes": .integer(1), "storage": .mapping(storage)]))
        let system = try ReferenceSystem(target: target, executable: Self.executable)
        let testbed = try await system.start(in: environment)
        let client = try await testbed.makeClient()
        let outcome: Result<Void, any Error>
        do {
            let root = try #require(await testbed.nodes().first?.fileSystem)
            outcome = .success(try await body(testbed, client, root))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        let comparisons = await testbed.stop()
        #expect(comparisons.filter { !$0.isSame } == [])
        try FileManager.default.removeItem(atPath: directory)
        try outcome.get()
    }

    @Test(
        "refuses messages, settles others, loses none over a crash, and resumes by itself",
        arguments: ["tmpfs", "ext4"])
    func fullDisk(kind: String) async throws {
        try await Self.withNode(on: kind) { testbed, client, root in
            var stored: Set<Int> = []
            for sequence in 0..<100 {
                try #require(await Self.enqueue(sequence, client).isDone)
                stored.insert(sequence)
            }
            let ballast = Ballast(path: root + "/ballast")
            try ballast.grow()
            stored.formUnion(try await Self.fill(from: 100, client))

            // Settling goes on, and what is read is whole.
            for _ in 0..<20 {
                let consumed = try #require(try await Self.consume(client))
                #expect(stored.remove(consumed) != nil)
            }
            #expect(try await testbed.depth(of: Self.queue, on: "a").ready == stored.count)

            // A crash, with not a byte left to come back to.
            try ballast.grow()
            let process = try #require(await testbed.nodes().first?.process)
            let handle = try ProcessHandle(process)
            try handle.signal(SIGKILL)
            #expect(await handle.waitForExit(atMost: .seconds(10)))
            try await testbed.restart(node: "a")
            #expect(try await testbed.depth(of: Self.queue, on: "a").ready == stored.count)
            stored.formUnion(try await Self.fill(from: 5000, client))

            ballast.remove()
            #expect(await Self.eventually { await Self.enqueue(10_000, client).isDone })
            stored.insert(10_000)
            while let consumed = try await Self.consume(client) {
                #expect(stored.remove(consumed) != nil)
            }
            #expect(stored.isEmpty, "acknowledged and lost: \(stored.sorted())")
        }
    }
}

extension Answer {
    fileprivate var isDone: Bool { if case .ok = self { true } else { false } }

    fileprivate var isRefusedForSpace: Bool {
        if case .failed("507", _, _, _) = self { true } else { false }
    }
}
