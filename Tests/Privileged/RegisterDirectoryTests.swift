import Glibc
import Kernel
import Testing

@testable import Undo

@Suite("The register's directory (needs root)")
struct RegisterDirectoryTests {
    @Test(
        "is for everybody, also where its maker was killed before it was",
        arguments: [nil, 0o700] as [mode_t?])
    func mode(before: mode_t?) throws {
        let scratch = try ScratchFileSystem()
        let directory = "\(scratch.path)/register"
        if let before { try #require(mkdir(directory, before) == 0) }
        let drill = DrillPresence(
            register: DrillRegister(directories: [directory]), drill: "a",
            stateDirectory: "/nowhere")
        try drill.enter()
        #expect(FileStatus.of(directory)?.permissions == 0o1777)
    }
}
