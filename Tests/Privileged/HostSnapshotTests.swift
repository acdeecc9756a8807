import Glibc
import HostResidue
import Kernel
import Testing
import Undo

/// For each kind of residue, one piece is planted by hand, found, and missed again when it is gone.
@Suite("The residue scanner (needs root)", .timeLimit(.minutes(2)), .serialized)
struct HostSnapshotTests {
    private let scratch: ScratchFileSystem

    init() throws { scratch = try ScratchFileSystem() }

    private func snapshot() throws -> HostSnapshot {
        try .take(
            ResidueScope(
                directory: scratch.path, evidence: "\(scratch.path)/evidence",
                state: "\(scratch.path)/state"))
    }

    /// The differences of one kind that name `object`, around a deed.
    private func found(
        _ kind: ResidueKind, _ object: String, since before: HostSnapshot
    ) throws -> [Residue] {
        try snapshot().differences(from: before).filter {
            $0.kind == kind && $0.description.contains(object)
        }
    }

    @Test("Nothing is found where nothing was done")
    func nothing() throws {
        let kinds: Set<ResidueKind> = [
            .packetFilter, .unnamedBytes, .workDirectory, .undoRecord, .loopDevice,
        ]
        let differences = try snapshot().differences(from: snapshot())
        #expect(differences.filter { kinds.contains($0.kind) } == [])
    }

    @Test("An nf_tables table")
    func packetFilter() throws {
        let before = try snapshot()
        let name = "firedrill-planted-\(getpid())"
        let table = try NftablesTable(
            name: name, chains: [NftablesChain(name: "a", hook: .output, rules: [])])
        #expect(try found(.packetFilter, name, since: before).count == 1)
        table.close()
        #expect(try found(.packetFilter, name, since: before) == [])
    }

    @Test("A process, also a stopped one, and one whose limits have been changed")
    func processes() async throws {
        let before = try snapshot()
        let child = try ChildProcess.spawn(
            .init(executable: "/bin/sleep", arguments: ["613"]))
        let object = "\(child.identity)"
        #expect(try found(.process, object, since: before).count == 1)
        let running = try snapshot()
        try child.signal(SIGSTOP)
        var tries = 0
        while ProcessTable.state(of: child.identity.pid) != "T", tries < 1000 {
            try await Task.sleep(for: .milliseconds(5))
            tries += 1
        }
        #expect(try found(.stoppedProcess, object, since: running).count == 1)
        let shell = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/prlimit",
                arguments: ["--pid", "\(child.identity.pid)", "--nofile=17:17"]))
        #expect(await shell.wait() == .exited(0))
        #expect(try found(.resourceLimit, object, since: running).count == 1)
        _ = await child.terminate(grace: .zero)
        #expect(try found(.process, object, since: before) == [])
    }

    @Test("A process that another one holds by ptrace")
    func traced() async throws {
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["614"]))
        let object = "\(child.identity)"
        let running = try snapshot()
        let pause = try TracedPause.begin([ProcessHandle(child.identity)])
        try await wait { pause.progress == .holding }
        #expect(try found(.stoppedProcess, object, since: running).map(\.now) == ["traced"])
        pause.release()
        try await wait { pause.progress == .released }
        #expect(try found(.stoppedProcess, object, since: running) == [])
        _ = await child.terminate(grace: .zero)
    }

    @Test("A process that reads another clock")
    func clockCode() async throws {
        let child = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["615"]))
        let object = "\(child.identity)"
        // Its program has come when its clock code has.
        try await wait { (try? WallClockSkew(of: child.identity)) != nil }
        let running = try snapshot()
        let skew = try WallClockSkew(of: child.identity)
        try skew.skew(by: .seconds(3600))
        let residue = try found(.clockCode, object, since: running)
        #expect(residue.count == 1 && residue.first?.now?.contains("not the kernel's") == true)
        try skew.restore()
        #expect(try found(.clockCode, object, since: running) == [])
        _ = await child.terminate(grace: .zero)
    }

    @Test("A BPF program that a TCX link keeps on an interface")
    func programLink() async throws {
        let namespace = try await NetworkNamespace.make()
        let before = try ProgramLink.all().map(\.number)
        let whole = try snapshot()
        let (output, child) = try PlantedProgram.start(in: namespace)
        let link = try PlantedProgram.number(from: output)
        #expect(!before.contains(link))
        let residue = try found(.programLink, "TCX", since: whole).filter { $0.object == "\(link)" }
        #expect(residue.count == 1)
        #expect(residue.first?.now?.hasPrefix("TCX link of program ") == true, "\(residue)")
        #expect(residue.first?.now?.hasSuffix(" on interface 1") == true, "\(residue)")
        _ = await child.terminate(grace: .zero)
        try await wait { (try? ProgramLink.all().contains { $0.number == link }) == false }
        await namespace.remove()
    }

    private func wait(_ isMet: () -> Bool) async throws {
        for _ in 0..<1000 where !isMet() { try await Task.sleep(for: .milliseconds(5)) }
        try #require(isMet())
    }

    @Test("A process that is frozen with its control group")
    func frozen() async throws {
        let scratch = try ScratchGroup(processes: 1)
        let running = try snapshot()
        try scratch.group.setFrozen(true)
        let residue = try found(.stoppedProcess, "\(scratch.children[0].identity)", since: running)
        #expect(residue.map(\.now) == ["frozen"])
        await scratch.remove()
    }

    @Test("A namespace that only a descriptor holds")
    func namespaces() async throws {
        let before = try snapshot()
        let held = try ScratchNetworkNamespace()
        let link = try #require(Self.link("/proc/self/fd/\(held.descriptor.number)"))
        #expect(try found(.namespace, link, since: before).count == 1)
        withExtendedLifetime(held) {}
    }

    @Test("A mount, in this namespace and in one that a process holds")
    func mounts() async throws {
        let before = try snapshot()
        let point = "\(scratch.path)/mounted"
        try #require(mkdir(point, 0o700) == 0)
        try MountNamespace.mountTemporary(at: point, size: 1 << 20)
        #expect(try found(.mount, point, since: before).count >= 1)
        try MountNamespace.unmount(point)
        #expect(try found(.mount, point, since: before) == [])
        try #require(rmdir(point) == 0)
        let other = try await PrivateMount.make(size: 1 << 20)
        #expect(try found(.mount, "/mnt in mnt:", since: before).count >= 1)
        await other.remove()
    }

    @Test("A loop device, and the space of a file that has no name")
    func disks() throws {
        let image = "\(scratch.path)/image"
        let file = try Descriptor.open(image, flags: O_RDWR | O_CREAT, mode: 0o600)
        try file.preallocate(1 << 20)
        let before = try snapshot()
        do {
            let device = try LoopDevice(attaching: image)
            #expect(try found(.loopDevice, image, since: before).count == 1)
            withExtendedLifetime(device) {}
        }
        let ballast = try Ballast(directory: scratch.path)
        #expect(try ballast.grow(to: 1 << 20) == 1 << 20)
        let space = try found(.unnamedBytes, scratch.path, since: before)
        #expect(space.map(\.now) == ["1048576 bytes"])
        ballast.release()
        #expect(try found(.unnamedBytes, scratch.path, since: before) == [])
        _ = unlink(image)
    }

    @Test("A control group that bears Firedrill's name")
    func controlGroup() throws {
        let root = FileStatus.of("/sys/fs/cgroup/memory") == nil ? "" : "/memory"
        let path = "/sys/fs/cgroup\(root)/firedrill-planted-\(getpid())"
        let before = try snapshot()
        try #require(mkdir(path, 0o755) == 0, "cannot make a control group: run as root")
        #expect(try found(.controlGroup, path, since: before).count == 1)
        try #require(rmdir(path) == 0)
        #expect(try found(.controlGroup, path, since: before) == [])
    }

    @Test("A work directory, and an undo record that nobody has replayed")
    func records() async throws {
        let before = try snapshot()
        let work = "\(scratch.path)/evidence/d/work"
        for path in ["\(scratch.path)/evidence", "\(scratch.path)/evidence/d", work] {
            try #require(mkdir(path, 0o700) == 0)
        }
        #expect(try found(.workDirectory, work, since: before).count == 1)
        // The journal of a drill without a header cannot be relied on.
        try #require(mkdir("\(scratch.path)/state", 0o700) == 0)
        let journal = try Descriptor.open(
            "\(scratch.path)/state/d.journal", flags: O_WRONLY | O_CREAT, mode: 0o600)
        try journal.writeDurably(Array("no journal\n".utf8), at: 0)
        #expect(try found(.undoRecord, "d", since: before).count == 1)
    }

    @Test("A qdisc, and an interface")
    func queueing() async throws {
        let namespace = try await NetworkNamespace.make()
        let scope = ResidueScope(directory: scratch.path, network: namespace.descriptor.number)
        let before = try HostSnapshot.take(scope)
        let plants = "tc qdisc add dev lo root handle 1: pfifo && ip link add planted type veth"
        try #require(try await namespace.run(plants) == 0)
        let after = try HostSnapshot.take(scope).differences(from: before)
        #expect(after.contains { $0.kind == .queueing && "\($0)".contains("pfifo 1: root") })
        #expect(after.contains { $0.kind == .interface && $0.object == "planted" })
        await namespace.remove()
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
