import Glibc
import Kernel
import Playbooks
import Records
import Systems
import Testing

@testable import Faults

@Suite("disk.corrupt", .timeLimit(.minutes(1)))
struct DiskCorruptTests {
    private static let contents = (0..<4096).map { UInt8(truncatingIfNeeded: $0) }

    /// Runs `body` with a file of known contents in a directory, and removes both.
    private func withFile(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/firedrill-corrupt-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try #require(mkdir(directory, 0o700) == 0)
        let path = "\(directory)/store"
        defer {
            unlink(path)
            rmdir(directory)
        }
        let file = try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        try file.writeDurably(Self.contents, at: 0)
        try await body(path)
    }

    private func read(_ path: String) throws -> [UInt8] {
        try Descriptor.open(path, flags: O_RDONLY).readAll()
    }

    @Test(
        "damages what it says, and mends it byte by byte",
        arguments: [
            FileDamage.flip(count: 3), .flip(count: 9999), .truncate(count: 100),
            .truncate(count: 9999),
        ])
    func mend(damage: FileDamage) async throws {
        try await withFile { path in
            let file = try DamagedFile(damaging: path, by: damage, seed: 1, stream: "f1")
            let bytes = try read(path)
            #expect(bytes != Self.contents)
            switch damage {
            case .flip(let count):
                let changed = zip(bytes, Self.contents).filter { $0 != $1 }
                #expect(changed.count == min(count, Self.contents.count))
                #expect(changed.allSatisfy { ($0 ^ $1).nonzeroBitCount == 1 })
                #expect(try file.damage() == changed.count)
            case .truncate(let count):
                #expect(bytes == Array(Self.contents.dropLast(count)))
                #expect(try file.damage() == min(count, Self.contents.count))
            }
            try file.mend()
            #expect(try read(path) == Self.contents)
            #expect(try file.damage() == 0)
        }
    }

    @Test("flips the same bits for the same seed")
    func seeded() {
        func flips(_ seed: UInt64) -> [FileDamage.Change] {
            FileDamage.flips(8, in: Self.contents, seed: seed, stream: "f1")
        }
        #expect(flips(1) == flips(1))
        #expect(flips(1) != flips(2))
    }

    @Test("damages the file of a node that is down, and has the node started again")
    func life() async throws {
        try await withFile { path in
            let child = try ChildProcess.spawn(
                .init(executable: "/bin/sleep", arguments: ["600"]))
            let directory = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            var state = NodeState.fake("a", .primary, process: child.identity)
            state.dataDirectory = directory
            let journal = Journal()
            let testbed = FakeTestbed([state], journal: journal)
            let watch = Task {
                _ = await child.wait()
                testbed.update("a") { $0.process = nil }
            }
            let limits = Limits(processes: 1)
            let step = FaultStep(
                kind: "disk.corrupt", selector: Selector(role: "primary"),
                arguments: Arguments([
                    "file": .string("store"), "flip": .integer(2),
                    "restart_after": .duration(.milliseconds(1)),
                ]))
            let fault = try DiskCorrupt(step: step, identifier: "f1", limits: limits)
            let context = FaultContext.fake(journal, testbed: testbed, limits: limits)
            let record = await FaultLife(fault, context: context).run()
            await watch.value
            #expect(record.injection == .confirmed, "\(record.proof)")
            #expect(record.proof.contains("started on it"))
            #expect(record.undo == .clean)
            #expect(record.objects.contains("file \(path), node a"))
            #expect(await child.wait() == .signaled(SIGKILL))
            #expect(journal.entries.contains("restart a"))
            #expect(try read(path) != Self.contents)
        }
    }

    @Test(
        "refuses paths that lead out of the data directory, and damage that is none",
        arguments: [
            ("../x", ["flip": .integer(1)]), ("/etc/passwd", ["flip": .integer(1)]),
            ("", ["flip": .integer(1)]), ("a//b", ["flip": .integer(1)]), ("store", [:]),
            ("store", ["truncate": .byteCount(ByteCount(0))]),
            ("store", ["truncate": .byteCount(ByteCount(1)), "flip": .integer(1)]),
        ] as [(String, [String: ArgumentValue])])
    func refused(file: String, arguments: [String: ArgumentValue]) {
        let all = arguments.merging(["file": .string(file)]) { $1 }
        let step = FaultStep(
            kind: "disk.corrupt", selector: Selector(role: "primary"), arguments: Arguments(all))
        #expect(throws: FaultError.self) {
            try DiskCorrupt(step: step, identifier: "f1", limits: Limits(processes: 1))
        }
    }
}
