import Glibc
import Kernel
import Testing

@testable import Faults

@Suite("A pid file")
struct PidFileTests {
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = "/tmp/firedrill-pid-\(UInt64.random(in: 0...UInt64.max))"
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        try #require(file >= 0)
        defer { unlink(path) }
        let bytes = Array(text.utf8)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        close(file)
        try body(path)
    }

    @Test(
        "holds the number of a process, or none",
        arguments: [
            ("4711\n", 4711), (" 12 x", 12), ("", nil), ("-1", nil), ("0", nil), ("pid", nil),
        ] as [(String, Int32?)])
    func numbers(text: String, pid: Int32?) throws {
        try withFile(text) { (path: String) throws in #expect(try PidFile(path).pid == pid) }
    }

    @Test("is no pipe, which nobody may ever write to")
    func pipe() throws {
        let path = "/tmp/firedrill-pid-\(UInt64.random(in: 0...UInt64.max))"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        let error = #expect(throws: KernelError.self) { try PidFile(path) }
        #expect(error.map { "\($0)" }?.contains("no regular file") == true)
    }

    @Test(
        "is stale when its process began well after it was written",
        arguments: [(60, 60, false), (60, 55, false), (60, 45, true), (5, 60, false)]
            as [(Int64, Int64, Bool)])
    func ages(file: Int64, process: Int64, isStale: Bool) {
        let second: Int64 = 1_000_000_000
        let objection = PidFile.objection(fileAge: file * second, processAge: process * second)
        #expect((objection != nil) == isStale)
    }

    @Test("is believed of a process that was there before, unless others could have written it")
    func believed() throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        try withFile("\(getpid())") { (path: String) throws in
            #expect(try PidFile(path).objection(to: own) == nil)
            // Written an hour before this process began.
            var times = [timespec(tv_sec: 3600, tv_nsec: 0), timespec(tv_sec: 3600, tv_nsec: 0)]
            #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
            #expect(try PidFile(path).objection(to: own)?.contains("began") == true)
            #expect(chmod(path, 0o666) == 0)
            #expect(try PidFile(path).objection(to: own)?.contains("everybody") == true)
        }
    }
}
