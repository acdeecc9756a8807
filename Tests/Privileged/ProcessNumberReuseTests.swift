import Glibc
import Kernel
import Testing

@testable import Undo

/// In a process namespace of its own, where ns_last_pid (pid_namespaces(7)) gives a number again.
@Suite("A process number that was given again (needs root)", .timeLimit(.minutes(2)))
struct ProcessNumberReuseTests {
    /// Starts a process, ends it, gives its number to another, and reverts a record of the first.
    private static let script = """
        cd "$1" || exit 1
        sleep 601 & first=$!
        start=$(cut -d' ' -f22 /proc/$first/stat)
        sleep 0.1
        kill -9 $first; wait $first
        echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
        sleep 602 & second=$!
        [ $first = $second ] || exit 3
        echo "$first $start" >identity.new && mv identity.new identity
        for i in $(seq 600); do [ -e go ] && break; sleep 0.05; done
        kill -STOP $second
        FIREDRILL_STATE="$1/state" "$2" revert >revert.txt; echo $? >code
        cut -d' ' -f3 /proc/$second/stat >state.txt
        kill -9 $second
        """

    @Test("Its new holder is neither ended nor continued by the record of the old one")
    func reuse() async throws {
        let scratch = try ScratchFileSystem()
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let shell = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/unshare",
                arguments: [
                    "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/bash", "-c",
                    Self.script, "-", scratch.path, "/\(package)/.build/debug/firedrill",
                ], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
        var identity: [UInt64] = []
        for _ in 0..<1000 where identity.count != 2 && shell.status == nil {
            let text = read("\(scratch.path)/identity")
            identity = text.split(whereSeparator: { " \n".contains($0) }).compactMap { UInt64($0) }
            try await Task.sleep(for: .milliseconds(10))
        }
        try #require(
            identity.count == 2, "no number was given twice: \(String(describing: shell.status))")
        let old = ProcessIdentity(pid: Int32(identity[0]), startTime: identity[1])
        try leaveJournal(in: "\(scratch.path)/state", of: old)
        _ = try Descriptor.open("\(scratch.path)/go", flags: O_CREAT | O_WRONLY, mode: 0o600)
        #expect(await shell.wait(atMost: .seconds(60)) == .exited(0))
        #expect(read("\(scratch.path)/code") == "0\n", "\(read("\(scratch.path)/revert.txt"))")
        #expect(read("\(scratch.path)/state.txt").hasPrefix("T"))
    }

    private func leaveJournal(in path: String, of old: ProcessIdentity) throws {
        let header = JournalHeader(
            drill: "d", process: ProcessIdentity(pid: 1 << 22, startTime: 1),
            boot: BootIdentifier.current)
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(path), first: .header(header))
        for (name, reversal) in [("f1", Reversal.endSession(old)), ("f2", .resume(old))] {
            _ = try file.append(
                .push(UndoRecord(identifier: name, summary: "undo \(name)", reversal: reversal)))
        }
    }

    private func read(_ path: String) -> String {
        guard let file = try? Descriptor.open(path, flags: O_RDONLY),
            let bytes = try? file.readAll()
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
