import Glibc
import Kernel
import Testing

@testable import Undo

/// In a mount namespace of its own, in which /run has one other user's state directory alone, and
/// root has none yet.
@Suite("Reverting another user's drills (needs root)", .timeLimit(.minutes(1)))
struct ForeignRevertTests {
    private static let user: uid_t = 54_321
    private static let script = """
        mount -t tmpfs none /var/lib && mount -t tmpfs none /run || exit 3
        mkdir -p /run/user/54321 && chown 54321 /run/user/54321 || exit 3
        cp -a "$1/firedrill" /run/user/54321/ && HOME=/nowhere "$2" revert --all >"$1/revert.txt"
        """

    @Test("does what that user may, and refuses what the user may not")
    func foreign() async throws {
        let scratch = try ScratchFileSystem()
        // The user must be able to reach what is its own.
        try #require(chmod(scratch.path, 0o755) == 0)
        let theirs = "\(scratch.path)/theirs"
        let ours = "\(scratch.path)/ours"
        for path in [theirs, ours, "\(theirs)/work", "\(ours)/work"] {
            try #require(mkdir(path, 0o755) == 0)
        }
        for path in [theirs, "\(theirs)/work"] {
            try #require(chown(path, Self.user, Self.user) == 0)
        }
        let victim = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        try leaveJournal(
            in: "\(scratch.path)/firedrill",
            [
                removal(of: "\(theirs)/work"), removal(of: "\(ours)/work"),
                .endSession(victim.identity),
            ])
        let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let shell = try ChildProcess.spawn(
            .init(
                executable: "/usr/bin/unshare",
                arguments: [
                    "--mount", "--propagation", "private", "/bin/bash", "-c", Self.script, "-",
                    scratch.path, "/\(package)/.build/debug/firedrill",
                ], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
        let status = await shell.wait(atMost: .seconds(40))
        let text = read("\(scratch.path)/revert.txt")
        #expect(status == .exited(5), "\(text)")
        #expect(text.contains("as user 54321"), "\(text)")
        #expect(FileStatus.of("\(theirs)/work") == nil, "\(text)")
        #expect(FileStatus.of("\(ours)/work") != nil, "\(text)")
        #expect(ProcessTable.isAlive(victim.identity))
        _ = await victim.terminate(grace: .zero)
    }

    private func removal(of path: String) throws -> Reversal {
        let status = try #require(FileStatus.of(path))
        return .removeDirectory(path: path, device: status.device, inode: status.inode)
    }

    private func leaveJournal(in path: String, _ reversals: [Reversal]) throws {
        let header = JournalHeader(
            drill: "d", process: ProcessIdentity(pid: 1 << 22, startTime: 1),
            boot: BootIdentifier.current)
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(path), first: .header(header))
        for (number, reversal) in reversals.enumerated() {
            _ = try file.append(
                .push(
                    UndoRecord(
                        identifier: "f\(number)", summary: "undo \(number)", reversal: reversal)))
        }
        for name in ["", "/d.journal"] {
            try #require(chown(path + name, Self.user, Self.user) == 0)
        }
    }

    private func read(_ path: String) -> String {
        guard let file = try? Descriptor.open(path, flags: O_RDONLY),
            let bytes = try? file.readAll()
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
