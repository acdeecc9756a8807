import Glibc
import Kernel
import Testing

@Suite("A time namespace of a child's own", .timeLimit(.minutes(2)))
struct TimeNamespaceTests {
    private static func sleeper(_ offset: Duration?) -> ChildProcess.Options {
        .init(executable: "/bin/sleep", arguments: ["600"], clockOffset: offset)
    }

    @Test(
        "has monotonic clocks that are off by what was asked, for its processes alone",
        arguments: [Duration.seconds(3600), .milliseconds(-1250), .zero])
    func clocks(offset: Duration) async throws {
        let child = try ChildProcess.spawn(Self.sleeper(offset))
        let bystander = try ChildProcess.spawn(Self.sleeper(nil))
        let own = try TimeNamespace.own()
        let namespace = try TimeNamespace(of: child.identity)
        let shift = Int64(offset / .nanoseconds(1))
        #expect(namespace.inode != own.inode)
        #expect(namespace.offsets.monotonic == own.offsets.monotonic + shift)
        #expect(namespace.offsets.boot == own.offsets.boot + shift)
        #expect(try TimeNamespace(of: bystander.identity) == own)
        let before = (monotonic: MonotonicClock.now, boot: BootClock.now)
        let read = try TimeNamespace.clocks(of: child.identity)
        let after = (monotonic: MonotonicClock.now, boot: BootClock.now)
        #expect((before.monotonic + shift...after.monotonic + shift).contains(read.monotonic))
        #expect((before.boot + shift...after.boot + shift).contains(read.boot))
        // It is a child like any other: ours, leading a session, reaped by us.
        #expect(ProcessTable.parent(of: child.identity.pid) == getpid())
        #expect(ProcessTable.session(of: child.identity.pid) == child.identity.pid)
        for child in [child, bystander] {
            #expect(await child.terminate(grace: .zero) == .signaled(SIGKILL))
        }
        #expect(throws: KernelError.self) { try TimeNamespace.clocks(of: child.identity) }
        #expect(try TimeNamespace.own() == own)
    }

    @Test("is what the program itself goes by")
    func uptime() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (Descriptor(ends[0]), Descriptor(ends[1]))
        let child = try ChildProcess.spawn(
            .init(
                executable: "/bin/cat", arguments: ["/proc/uptime"],
                standardOutput: writer.number, clockOffset: .seconds(1_000_000)))
        #expect(await child.wait() == .exited(0))
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(reader.number, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let seconds = try #require(text.split(separator: " ").first.flatMap { Double($0) })
        #expect(abs(seconds - 1_000_000 - Double(BootClock.now) / 1e9) < 30, "\(text)")
    }

    @Test("is refused where a clock would be negative, in words that help")
    func negative() throws {
        let offset = Duration.nanoseconds(-MonotonicClock.now) - .seconds(60)
        let error = #expect(throws: KernelError.self) {
            try ChildProcess.spawn(Self.sleeper(offset))
        }
        #expect(error?.number == ERANGE)
        #expect(error?.remedy.contains("never negative") == true, "\(String(describing: error))")
        #expect(TimeNamespace.objection(to: offset)?.number == ERANGE)
        #expect(TimeNamespace.objection(to: .seconds(-1)) == nil)
        #expect(TimeNamespace.capability().presence == .present)
    }

    @Test("of a program that cannot start is an error that names the step, and leaves nothing")
    func failure() throws {
        for _ in 0..<50 {
            let error = #expect(throws: KernelError.self) {
                try ChildProcess.spawn(.init(executable: "/nonexistent", clockOffset: .seconds(1)))
            }
            #expect(error?.call == "execve" && error?.number == ENOENT)
        }
        #expect(try #require(ProcessTable.descriptorCount(of: getpid())) < 80)
        let zombies = ProcessTable.all().filter {
            ProcessTable.parent(of: $0.pid) == getpid() && ProcessTable.state(of: $0.pid) == "Z"
        }
        #expect(zombies.isEmpty)
    }

    @Test("ends with its process when whoever started that is killed")
    func death() async throws {
        let path = "/tmp/firedrill-time-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let child = try ChildProcess.spawn(Self.sleeper(.seconds(60)))
            let namespace = try TimeNamespace(of: child.identity)
            let own = try TimeNamespace.own()
            try #require(namespace != own)
            let file = try Descriptor.open(path, flags: O_CREAT | O_WRONLY, mode: 0o600)
            let text = "\(child.identity.pid) \(child.identity.startTime)"
            try file.writeDurably(Array(text.utf8), at: 0)
            kill(getpid(), SIGKILL)
        }
        let text = String(
            decoding: try Descriptor.open(path, flags: O_RDONLY).readAll(), as: UTF8.self)
        let words = text.split(separator: " ")
        let identity = ProcessIdentity(
            pid: try #require(words.first.flatMap { Int32($0) }),
            startTime: try #require(words.last.flatMap { UInt64($0) }))
        for _ in 0..<100 where ProcessTable.isAlive(identity) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(!ProcessTable.isAlive(identity))
    }
}
