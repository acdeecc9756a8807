import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("A drill's entry in the register")
struct RegisterEntryTests {
    private struct Full: Error {}

    private func presence(_ drill: String, _ register: DrillRegister) -> DrillPresence {
        DrillPresence(register: register, drill: drill, stateDirectory: "/nowhere")
    }

    @Test("is one, and the newest, also when it has to be written elsewhere and back")
    func fallback() throws {
        let scratch = try Scratch()
        let (first, second) = ("\(scratch.path)/first", "\(scratch.path)/second")
        try #require(mkdir(first, 0o755) == 0 && mkdir(second, 0o755) == 0)
        let register = DrillRegister(directories: [first, second])
        let drill = presence("a", register)
        try drill.enter()
        func claim(_ resource: String, mode: mode_t) throws {
            // Where others may exchange entries none is written, as none is on a full file system.
            try #require(chmod(first, mode) == 0)
            try drill.take({ $0.resources.insert(resource) }) { _ in }
        }
        try claim("memory", mode: 0o777)
        #expect(register.drills().map(\.use.resources) == [["memory"]])
        #expect(Descriptor.names(in: first) == [])
        try claim("clock", mode: 0o755)
        #expect(register.drills().map(\.use.resources) == [["clock", "memory"]])
        #expect(Descriptor.names(in: second) == [])
        drill.leave()
    }

    @Test("does not ask any more for what its drill could not ask for")
    func asked() throws {
        let scratch = try Scratch()
        let directory = "\(scratch.path)/there/register"
        let register = DrillRegister(directories: [directory])
        let drill = presence("a", register)
        #expect(throws: UndoError.self) {
            try drill.take({ $0.resources.insert("memory") }) { _ in throw Full() }
        }
        try #require(mkdir("\(scratch.path)/there", 0o700) == 0)
        try #require(mkdir(directory, 0o700) == 0)
        try drill.renew()
        #expect(register.drills().map(\.sought) == [HostUse()])
    }

    @Test("goes when its drill was killed before it was complete, a while after")
    func unfinished() async throws {
        let scratch = try Scratch()
        let child = try ChildProcess.spawn(.init(executable: "/bin/true"))
        _ = await child.wait()
        let directory = "\(scratch.path)/register"
        try #require(mkdir(directory, 0o700) == 0)
        let dead = child.identity.pid
        let table = [
            (name: ".firedrill-a.json.\(dead)", age: 600, stays: false),
            (name: ".firedrill-b.json.\(dead)", age: 0, stays: true),
            (name: ".firedrill-c.json.\(getpid())", age: 600, stays: true),
            (name: ".firedrill-d.json", age: 600, stays: true),
            (name: ".other-e.json.\(dead)", age: 600, stays: true),
        ]
        for (name, age, _) in table {
            let path = "\(directory)/\(name)"
            _ = try Descriptor.open(path, flags: O_WRONLY | O_CREAT, mode: 0o600)
            let then = timeval(tv_sec: time(nil) - age, tv_usec: 0)
            try #require(utimes(path, [then, then]) == 0)
        }
        DrillRegister(directories: [directory]).sweep()
        #expect(
            Descriptor.names(in: directory).sorted() == table.filter(\.stays).map(\.name).sorted())
    }
}
