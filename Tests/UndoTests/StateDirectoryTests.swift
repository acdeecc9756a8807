import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("A state directory is refused")
struct StateDirectoryTests {
    @Test(
        "when others may enter or write to it", arguments: [0o777, 0o755, 0o720, 0o702] as [mode_t])
    func mode(mode: mode_t) throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/open"
        try #require(mkdir(path, 0o700) == 0)
        try #require(chmod(path, mode) == 0)
        #expect {
            _ = try Reversion(directory: path)
        } throws: { "\($0)".contains("give it to this user with mode 700") }
    }

    @Test("when its path is relative, and nothing is made of it")
    func relative() {
        #expect {
            _ = try Reversion(directory: "firedrill-relative")
        } throws: { "\($0)".contains("let FIREDRILL_STATE begin with '/'") }
        #expect(FileStatus.of("/firedrill-relative") == nil)
    }

    @Test("when it is a symbolic link, even to one of our own")
    func link() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/link"
        _ = try StateDirectory(scratch.state)
        try #require(symlink(scratch.state, path) == 0)
        #expect(throws: (any Error).self) { _ = try Reversion(directory: path) }
    }

    @Test("but not for a link of our own on its way, or one that is missing")
    func ownLink() throws {
        let scratch = try Scratch()
        try #require(mkdir("\(scratch.path)/there", 0o700) == 0)
        try #require(symlink("there", "\(scratch.path)/link") == 0)
        for path in ["link/state", "link/a/b/state", "new/state"] {
            _ = try StateDirectory("\(scratch.path)/\(path)")
        }
        #expect(FileStatus.of("\(scratch.path)/there/a/b/state")?.isDirectory == true)
    }

    @Test("and so is a journal in it that is a symbolic link")
    func linkedJournal() throws {
        let scratch = try Scratch()
        let state = try StateDirectory(scratch.state)
        let header = JournalHeader(
            drill: "elsewhere", process: ProcessIdentity(pid: 1, startTime: 0), boot: "another")
        var file = try JournalFile(
            creating: "elsewhere", in: StateDirectory("\(scratch.path)/other"),
            first: .header(header))
        _ = try file.append(.push(UndoRecord("a", try scratch.makeDirectory("a"))))
        try #require(
            symlinkat(file.path, state.descriptor.number, "d.journal") == 0)
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.damaged])
        #expect(scratch.exists("a"))
        #expect(try !Reversion(directory: scratch.state).unsettledDrills().isEmpty)
    }
}
