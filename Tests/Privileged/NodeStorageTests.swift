import FoundationEssentials
import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing
import Undo

@Suite("Storage of a testbed's nodes (needs root)", .timeLimit(.minutes(2)), .serialized)
struct NodeStorageTests {
    /// An undo stack for a test that undoes by itself.
    private actor Stack: UndoStack {
        private(set) var open: Set<String> = []

        func push(_ record: UndoRecord) async throws -> UndoReceipt {
            open.insert(record.identifier)
            return UndoReceipt(recordedAt: 0, acknowledgedAt: 0)
        }

        func update(_ record: UndoRecord) async throws {}

        func close(_ identifier: String) async throws { open.remove(identifier) }
    }

    private static func size(of path: String) -> (device: UInt64, bytes: Int64)? {
        var status = stat()
        var statistics = statvfs()
        guard stat(path, &status) == 0, statvfs(path, &statistics) == 0 else { return nil }
        return (
            UInt64(status.st_dev), Int64(statistics.f_blocks) * Int64(statistics.f_frsize)
        )
    }

    /// The files behind the loop devices in use (losetup(8)).
    private static func loopFiles() -> String {
        let devices = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
        return devices.filter { $0.hasPrefix("loop") }.compactMap {
            FileManager.default.contents(atPath: "/sys/block/\($0)/loop/backing_file")
        }.map { String(decoding: $0, as: UTF8.self) }.joined()
    }

    @Test(
        "a node has a file system of its own of the size asked for, and nothing is left of it",
        arguments: [("tmpfs", 32), ("ext4", 32), ("xfs", 320)] as [(String, Int64)])
    func ownFileSystem(kind: String, mebibytes: Int64) async throws {
        #expect(getuid() == 0, "this test mounts file systems: run it as root")
        let directory =
            FileManager.default.temporaryDirectory.path + "/firedrill-storage-\(getpid())-\(kind)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let stack = Stack()
        let environment = TestbedEnvironment(
            workDirectory: directory, logs: try HeldDirectory(at: directory), undo: stack,
            now: { .zero },
            seed: 1, report: { _ in }, hasPrivateMounts: true)
        let wanted = mebibytes << 20
        let storage = Arguments([
            "kind": .string(kind), "size": .byteCount(ByteCount(wanted)),
        ])
        let system = try SystemCatalogue.make(
            Target(
                kind: "redis",
                settings: Arguments([
                    "storage": .mapping(storage), "appendonly": .boolean(true),
                ])))
        let testbed = try await system.start(in: environment)
        let root = await testbed.nodes().first?.fileSystem
        let own = root.flatMap { Self.size(of: $0) }
        let shared = Self.size(of: directory)
        var statistics = statvfs()
        #expect(try statvfs(#require(root), &statistics) == 0)
        let comparisons = await testbed.stop()
        #expect(own?.device != shared?.device && own != nil && shared != nil)
        // ext4 and xfs keep a part for their own tables and journal.
        #expect((wanted * 3 / 4...wanted).contains(own?.bytes ?? 0))
        // Each inode that disk.inodes takes is given back by itself, and an abort is not to wait long.
        #expect(kind != "ext4" || (200...1024).contains(statistics.f_files))
        #expect(comparisons.count == 3 && comparisons.allSatisfy(\.isSame))
        #expect(await stack.open.isEmpty)
        #expect(!Self.loopFiles().contains(directory))
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(left == ["redis.log"])
        try FileManager.default.removeItem(atPath: directory)
    }
}
