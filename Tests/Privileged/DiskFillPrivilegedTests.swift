import Faults
import Glibc
import Kernel
import Playbooks
import Records
import Synchronization
import Systems
import Testing

@Suite("disk.fill on a real file system", .timeLimit(.minutes(1)))
struct DiskFillPrivilegedTests {
    private let size = 16 << 20

    private func available(_ path: String) throws -> Int64 {
        var status = statvfs()
        try #require(statvfs(path, &status) == 0)
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// Fills a private tmpfs as `arguments` say, and runs `during` once it is full.
    private func fill(
        _ arguments: [String: ArgumentValue], duration: Duration,
        during: @Sendable (String) async throws -> Void
    ) async throws -> (record: FaultRecord, before: Int64, after: Int64) {
        let mount = try await PrivateMount.make(size: size)
        do {
            let before = try available(mount.path)
            let isIn = Atomic<Bool>(false)
            let limits = Limits(disk: ByteCount(Int64(size)))
            let step = FaultStep(
                kind: "disk.fill", selector: Selector(node: "a", path: "data"),
                arguments: Arguments(arguments), duration: duration)
            let fault = try FaultCatalogue.make(step: step, identifier: "f1", limits: limits)
            let context = FaultContext(
                testbed: OneNodeTestbed(fileSystem: mount.path), undo: OpenUndoStack(),
                limits: limits, host: .probe(),
                now: { DrillTime(nanoseconds: MonotonicClock.now) }, seed: 1,
                report: { event in
                    if event.kind == .faultInjected { isIn.store(true, ordering: .releasing) }
                }, limitsUsed: LimitsUse())
            async let life = FaultLife(fault, context: context).run()
            while !isIn.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(1)) }
            try await during(mount.path)
            let record = await life
            let after = try available(mount.path)
            await mount.remove()
            return (record, before, after)
        } catch {
            await mount.remove()
            throw error
        }
    }

    @Test("leaves no byte, lets no write through, and gives everything back")
    func full() async throws {
        let result = try await fill(
            ["leave": .byteCount(ByteCount(0))], duration: .milliseconds(500)
        ) { path in
            let descriptor = open("\(path)/message", O_CREAT | O_WRONLY, 0o600)
            #expect(descriptor < 0 || write(descriptor, "x", 1) < 0)
            #expect(errno == ENOSPC)
            if descriptor >= 0 { close(descriptor) }
        }
        #expect(result.record.injection == .confirmed, "\(result.record.proof)")
        #expect(result.record.achieved.first?.during?.value == 0)
        #expect(result.record.undo == .clean)
        #expect(result.after >= result.before - 8192)
    }

    @Test("has no name in the file system")
    func unlinked() async throws {
        let result = try await fill(
            ["percent": .ratio(Ratio(0.5))], duration: .milliseconds(300)
        ) { path in
            let directory = try #require(opendir(path))
            defer { closedir(directory) }
            var names: [String] = []
            while let entry = readdir(directory) {
                names.append(
                    withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                        pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                            String(cString: $0)
                        }
                    })
            }
            #expect(names.sorted() == [".", ".."])
        }
        #expect(result.record.injection == .confirmed, "\(result.record.proof)")
        #expect(abs((result.record.achieved.first?.during?.value ?? 0) - 0.5) < 0.01)
        #expect(result.after == result.before)
    }

    @Test("is residual while another process holds the ballast's descriptor, however small it is")
    func held() async throws {
        let copy = Atomic<Int32>(-1)
        let result = try await fill(
            ["size": .byteCount(ByteCount(1 << 20))], duration: .milliseconds(500)
        ) { path in
            // A second descriptor of its own keeps the file as one in another process does.
            let root = try #require(FileStatus.of(path))
            for number in ProcessTable.descriptors(of: getpid()) ?? [] {
                var status = stat()
                guard fstat(number, &status) == 0, UInt64(status.st_dev) == root.device,
                    UInt64(status.st_ino) != root.inode
                else { continue }
                copy.store(dup(number), ordering: .relaxed)
            }
        }
        let descriptor = copy.load(ordering: .relaxed)
        try #require(descriptor >= 0)
        close(descriptor)
        #expect(result.record.injection == .confirmed, "\(result.record.proof)")
        #expect(result.record.undo == .residual)
        #expect(
            result.record.comparisons.contains {
                !$0.isSame && $0.what.hasPrefix("descriptors of inode")
            })
    }

    @Test("takes again what a target frees in mid-fault")
    func refill() async throws {
        let result = try await fill(
            ["leave": .byteCount(ByteCount(1 << 20))], duration: .milliseconds(800)
        ) { path in
            // Half of what was left: taken, and given back for the ballast to leave alone.
            let file = "\(path)/segment"
            let descriptor = open(file, O_CREAT | O_WRONLY, 0o600)
            #expect(descriptor >= 0)
            #expect(posix_fallocate(descriptor, 0, 512 << 10) == 0)
            close(descriptor)
            #expect(unlink(file) == 0)
        }
        #expect(result.record.injection == .confirmed, "\(result.record.proof)")
        #expect(abs((result.record.achieved.first?.during?.value ?? 0) - 1_048_576) <= 8192)
        #expect(result.after == result.before)
    }
}

/// A testbed of one node with a file system of its own.
private struct OneNodeTestbed: Testbed {
    struct NotNeeded: Error {}

    let fileSystem: String
    let links: [TestbedLink] = []
    let redelivery: RetryPolicy? = nil
    let wire = WireLog()

    func nodes() async -> [NodeState] {
        [
            NodeState(
                name: "a", role: .primary, process: nil, dataDirectory: fileSystem,
                fileSystem: fileSystem, port: 1)
        ]
    }

    func makeClient() async throws -> any QueueClient { throw NotNeeded() }
    func restart(node: String) async throws { throw NotNeeded() }
    func status(of node: String) async -> StatusAnswer {
        StatusAnswer(result: .unknown, answer: "")
    }
    func roundTrip(over link: TestbedLink, deadline: Duration) async -> Duration? { nil }
    func address(of node: String) -> String? { nil }
    func depth(of queue: String, on node: String) async throws -> QueueDepth { throw NotNeeded() }
    func deadLetters(of queue: String) async throws -> [MessageIdentifier] { [] }
    func stop() async -> [Comparison] { [] }
}
