import Glibc
import Kernel
import Playbooks
import Records
import Testing
import Undo

@testable import Faults

/// A cgroup of one test with sleeping processes in it.
struct ScratchGroup {
    let group: ControlGroup
    let children: [ChildProcess]

    /// Needs root and a cgroup v2 hierarchy.
    init(processes: Int, named name: String = "") throws {
        let root = try #require(ControlGroup.root, "mount a cgroup2 file system")
        let unique = "firedrill-test-\(getpid())-\(UInt32.random(in: 0 ... .max))\(name)"
        try #require(mkdir("\(root)/\(unique)", 0o755) == 0, "run as root")
        group = try ControlGroup(unique)
        var children: [ChildProcess] = []
        for _ in 0..<processes {
            let child = try ChildProcess.spawn(
                .init(executable: "/bin/sleep", arguments: ["600"]))
            children.append(child)
            let file = open("\(group.path)/cgroup.procs", O_WRONLY | O_CLOEXEC)
            let text = Array("\(child.identity.pid)".utf8)
            #expect(write(file, text, text.count) == text.count)
            close(file)
        }
        self.children = children
    }

    func remove() async {
        _ = ReversalPerformer().perform(.thaw(group))
        for child in children { _ = await child.terminate(grace: .zero) }
        // An ended process leaves its group a moment later.
        for _ in 0..<200 where rmdir(group.path) != 0 {
            try? await Task.sleep(for: .milliseconds(10))
        }
        #expect(!group.exists)
    }
}

@Suite("Control groups (needs root)", .serialized, .timeLimit(.minutes(1)))
struct ControlGroupTests {
    private func scratch(
        _ processes: Int, named name: String = "", _ body: (ScratchGroup) async throws -> Void
    ) async throws {
        let scratch = try ScratchGroup(processes: processes, named: name)
        do {
            try await body(scratch)
        } catch {
            await scratch.remove()
            throw error
        }
        await scratch.remove()
    }

    @Test("a frozen group is thawed by its undo record, again and again, and from any state")
    func thaw() async throws {
        try await scratch(2) { scratch in
            let performer = ReversalPerformer()
            #expect(performer.perform(.thaw(scratch.group)).isClean)
            try scratch.group.setFrozen(true)
            for _ in 0..<500 where try !scratch.group.isFrozen() {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try scratch.group.isFrozen())
            for _ in 1...2 { #expect(performer.perform(.thaw(scratch.group)).isClean) }
            #expect(try !scratch.group.isFreezeAsked())
        }
    }

    @Test("another group of the same name is left alone")
    func stranger() async throws {
        let gone = try ScratchGroup(processes: 0)
        await gone.remove()
        try #require(mkdir(gone.group.path, 0o755) == 0)
        defer { rmdir(gone.group.path) }
        let successor = try ControlGroup(gone.group.path)
        try successor.setFrozen(true)
        #expect(ReversalPerformer().perform(.thaw(gone.group)).isClean)
        #expect(try successor.isFreezeAsked())
        #expect(throws: KernelError.self) { try gone.group.kill() }
        try successor.setFrozen(false)
    }

    @Test("all processes of a group end with it, and are found by its names")
    func kill() async throws {
        let identifier = String(repeating: "0123456789abcdef", count: 4)
        try await scratch(3, named: ".service") { scratch in
            let unit = try #require(scratch.group.path.split(separator: "/").last)
            #expect(ControlGroup.ofUnit(String(unit)) == scratch.group)
            #expect(ControlGroup.ofUnit(String(unit.dropLast(".service".count))) == scratch.group)
            let container = "\(scratch.group.path)/docker-\(identifier).scope"
            try #require(mkdir(container, 0o755) == 0)
            #expect(ControlGroup.ofContainer("0123456789abcdef")?.path == container)
            rmdir(container)
            let processes = try scratch.group.processes()
            #expect(Set(processes) == Set(scratch.children.map(\.identity)))
            try scratch.group.kill()
            for child in scratch.children { #expect(await child.wait() == .signaled(SIGKILL)) }
        }
    }

    @Test("a group in which another one is frozen is not frozen as well")
    func inner() async throws {
        try await scratch(1, named: "") { scratch in
            let path = "\(scratch.group.path)/inner"
            try #require(mkdir(path, 0o755) == 0)
            defer { rmdir(path) }
            #expect(scratch.group.frozenBelow == nil)
            let inner = try ControlGroup(path)
            try inner.setFrozen(true)
            #expect(scratch.group.frozenBelow == inner)
            let error = #expect(throws: FaultError.self) {
                try FreezerMeans(group: scratch.group).check()
            }
            #expect(error?.object == "\(inner)")
            try inner.setFrozen(false)
        }
    }
}
