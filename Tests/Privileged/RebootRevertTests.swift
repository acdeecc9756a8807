import Glibc
import Kernel
import Testing

@testable import Undo

/// A disk that is mounted anew, as another device, stands for the reboot; the revert runs in mount and
/// network namespaces of its own, in which it is `/var/lib`.
@Suite("Reverting after a reboot (needs root)", .timeLimit(.minutes(2)))
struct RebootRevertTests {
    private static let mount = """
        cd "$1" && truncate -s 32M disk && mkfs.ext4 -q -F disk && mkdir mnt && mount -o loop disk mnt
        """
    /// What takes the first free loop device, so that the disk gets another one than before.
    private static let reboot = """
        cd "$1" && umount mnt && truncate -s 1M other || exit 1
        for i in $(seq 50); do losetup | grep -q "$1/disk" || break; sleep 0.1; done
        losetup -f --show other >device && mount -o loop disk mnt
        """
    private static let revert = """
        mount -t tmpfs none /run && mount --bind "$1/mnt" /var/lib && ip link set lo up \
            && tc qdisc add dev lo root handle 7777: pfifo limit 5 || exit 3
        HOME=/nowhere "$2" revert >"$1/revert.txt"; echo $? >"$1/code"
        tc qdisc show dev lo >"$1/qdiscs.txt"
        """

    @Test("removes what a drill left on a disk, and only names what ended with the kernel")
    func reboot() async throws {
        let scratch = try ScratchFileSystem()
        let disk = "\(scratch.path)/mnt"
        try await run("/bin/bash", ["-c", Self.mount, "-", scratch.path])
        let victim = try ChildProcess.spawn(.init(executable: "/bin/sleep", arguments: ["600"]))
        do {
            try leaveDrill(on: disk, beside: victim.identity)
            try await run("/bin/bash", ["-c", Self.reboot, "-", scratch.path])
            let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
            try await run(
                "/usr/bin/unshare",
                [
                    "--mount", "--net", "--propagation", "private", "/bin/bash", "-c", Self.revert,
                    "-", scratch.path, "/\(package)/.build/debug/firedrill",
                ])
            let text = read("\(scratch.path)/revert.txt")
            #expect(read("\(scratch.path)/code") == "0\n", "\(text)")
            #expect(FileStatus.of("\(disk)/firedrill/evidence/d") != nil)
            #expect(FileStatus.of("\(disk)/firedrill/evidence/d/work") == nil, "\(text)")
            #expect(
                text.split(separator: "\n").count { $0.contains("is gone with the reboot") } == 2,
                "\(text)")
            #expect(ProcessTable.isAlive(victim.identity))
            #expect(read("\(scratch.path)/qdiscs.txt").contains("pfifo 7777:"))
            let undone = read("\(disk)/firedrill/evidence/d/undone.jsonl")
            #expect(undone.split(separator: "\n").count == 3, "\(undone)")
            #expect(Descriptor.names(in: "\(disk)/firedrill/undo") == [])
            #expect(FileStatus.of("\(disk)/firedrill")?.permissions == 0o755)
        } catch {
            Issue.record(error)
        }
        _ = await victim.terminate(grace: .zero)
        try await run(
            "/bin/bash",
            ["-c", "cd \"$1\" && umount mnt && losetup -d \"$(cat device)\"", "-", scratch.path])
    }

    /// What a drill that was cut off with its host's power has left there.
    private func leaveDrill(on disk: String, beside living: ProcessIdentity) throws {
        let state = try StateDirectory("\(disk)/firedrill/undo")
        try #require(chmod("\(disk)/firedrill", 0o755) == 0)
        let evidence = "\(disk)/firedrill/evidence/d"
        for path in ["\(disk)/firedrill/evidence", evidence, "\(evidence)/work"] {
            try #require(mkdir(path, 0o700) == 0)
        }
        let file = try Descriptor.open(
            "\(evidence)/work/data", flags: O_CREAT | O_WRONLY, mode: 0o600)
        try file.writeDurably([1], at: 0)
        let header = JournalHeader(
            drill: "d", process: living, boot: "another", evidence: DrillEvidence(evidence))
        var journal = try JournalFile(
            creating: "d.journal", in: state, first: .header(header))
        let work = try Descriptor.open("\(evidence)/work", flags: O_RDONLY | O_DIRECTORY)
        let reversals: [Reversal] = [
            .removal(of: "\(evidence)/work", try DirectoryMark(of: work, at: "\(evidence)/work")),
            .endSession(living),
            .deleteQdisc(interface: "lo", index: 1, handle: 0x7777_0000),
        ]
        for (number, reversal) in reversals.enumerated() {
            _ = try journal.append(
                .push(
                    UndoRecord(
                        identifier: "f\(number)", summary: "undo \(number)", reversal: reversal)))
        }
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let child = try ChildProcess.spawn(
            .init(
                executable: program, arguments: arguments,
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
        let status = await child.wait(atMost: .seconds(40))
        try #require(status == .exited(0), "\(arguments)")
    }

    private func read(_ path: String) -> String {
        guard let file = try? Descriptor.open(path, flags: O_RDONLY),
            let bytes = try? file.readAll()
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
