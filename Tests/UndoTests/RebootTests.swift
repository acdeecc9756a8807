import FoundationEssentials
import Glibc
import Kernel
import Records
import Testing

@testable import Undo

@Suite("What a drill left to the boot after it")
struct RebootTests {
    /// The journal of a drill of another boot; its process number is that of a living process.
    private func leave(
        _ scratch: Scratch, _ records: [UndoRecord], evidence: String? = nil
    ) throws {
        let own = try #require(ProcessTable.identity(of: getpid()))
        let header = JournalHeader(
            drill: "d", process: own, boot: "another",
            evidence: evidence.flatMap { DrillEvidence($0) })
        var file = try JournalFile(
            creating: "d.journal", in: StateDirectory(scratch.state), first: .header(header))
        for record in records { _ = try file.append(.push(record)) }
    }

    /// A directory's reversal, as if it had been made under other numbers.
    private func altered(
        _ reversal: Reversal, _ change: (inout DirectoryMark) -> Void
    ) throws -> Reversal {
        guard
            case .removeDirectory(let path, let device, let inode, let birth, let mount) = reversal
        else { throw UndoError(attempted: "alter", object: "a record", reason: "another kind") }
        var mark = DirectoryMark(device: device, inode: inode, birth: birth, mountPoint: mount)
        change(&mark)
        return .removal(of: path, mark)
    }

    @Test("its directories are removed; what ended with the kernel is named and not touched")
    func reboot() async throws {
        let scratch = try Scratch()
        let victim = try Victim(marker: "reboot")
        let identity = victim.process.identity
        try #require(mkdir("\(scratch.path)/evidence", 0o700) == 0)
        try leave(
            scratch,
            [
                UndoRecord("p", .endSession(identity)),
                UndoRecord("q", .deleteQdisc(interface: "lo", index: 1, handle: 1)),
                UndoRecord("a", try scratch.makeDirectory("a")),
            ], evidence: "\(scratch.path)/evidence")
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.clean])
        let undone = try #require(findings.first?.undone)
        #expect(undone.map(\.identifier) == ["p", "q", "a"])
        #expect(
            undone.map { $0.comparisons.first?.after }
                == ["gone with the reboot", "gone with the reboot", "absent"])
        #expect(undone.map(\.isKernels) == [true, true, nil])
        #expect(undone.map(\.isVerified) == [true, true, true])
        #expect(ProcessTable.isAlive(identity))
        #expect(!scratch.exists("a"))
        let evidence = try Descriptor.open(
            "\(scratch.path)/evidence/\(DrillEvidence.fileName)", flags: O_RDONLY)
        #expect(try evidence.readAll().split(separator: 0x0a).count == 3)
        await victim.end()
    }

    @Test("a directory whose disk has another number by now is known by its birth")
    func renumbered() throws {
        let scratch = try Scratch()
        let reversal = try scratch.makeDirectory("a")
        try leave(scratch, [UndoRecord("a", try altered(reversal) { $0.device += 1 })])
        #expect(try Reversion(directory: scratch.state).run().map(\.state) == [.clean])
        #expect(!scratch.exists("a"))
    }

    @Test("a directory that was made later in its place stays")
    func another() throws {
        let scratch = try Scratch()
        let reversal = try scratch.makeDirectory("a")
        try leave(scratch, [UndoRecord("a", try altered(reversal) { $0.birth = 1 })])
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.clean])
        #expect(findings.first?.undone.first?.comparisons.first?.after == "another one")
        #expect(scratch.exists("a"))
    }

    @Test("a directory of which nobody can tell whose it is stays, and is said to be there")
    func doubtful() throws {
        let scratch = try Scratch()
        let reversal = try scratch.makeDirectory("a")
        let doubtful = try altered(reversal) { mark in
            mark.device += 1
            mark.birth = nil
        }
        try leave(scratch, [UndoRecord("a", doubtful)])
        let findings = try Reversion(directory: scratch.state).run()
        #expect(findings.map(\.state) == [.residual])
        #expect(
            findings.first?.undone.first?.comparisons.first?.after.contains("nobody can tell")
                == true)
        #expect(scratch.exists("a"))
    }

    @Test("a directory on a disk that is not mounted is not taken for removed")
    func unmounted() throws {
        let scratch = try Scratch()
        let reversal = try altered(try scratch.makeDirectory("a")) {
            $0.mountPoint = "\(scratch.path)/disk"
        }
        try leave(scratch, [UndoRecord("a", reversal)])
        try #require(rename("\(scratch.path)/a", "\(scratch.path)/b") == 0)
        let reversion = try Reversion(directory: scratch.state)
        let findings = reversion.run()
        #expect(findings.map(\.state) == [.residual])
        let failure = findings.first?.undone.first?.failure
        #expect(failure?.contains("mount it, and run firedrill revert again") == true)
        try #require(rename("\(scratch.path)/b", "\(scratch.path)/a") == 0)
        #expect(reversion.run().map(\.state) == [.clean])
        #expect(!scratch.exists("a"))
    }

    @Test("a record of an earlier version, which knows no birth, is still understood")
    func earlier() throws {
        let json = #"{"removeDirectory":{"device":7,"inode":9,"path":"/x"}}"#
        let reversal = try JSONDecoder().decode(Reversal.self, from: Data(json.utf8))
        #expect(reversal == .removeDirectory(path: "/x", device: 7, inode: 9))
    }

    @Test(
        "two marks are one directory's, or not, or nobody can tell",
        arguments: [
            (DirectoryMark(device: 1, inode: 2, birth: 3), true, true as Bool?),
            (DirectoryMark(device: 9, inode: 2, birth: 3), false, true),
            (DirectoryMark(device: 1, inode: 9, birth: 3), false, nil),
            (DirectoryMark(device: 1, inode: 2, birth: 9), true, false),
            (DirectoryMark(device: 1, inode: 2), true, true),
            (DirectoryMark(device: 9, inode: 2), false, nil),
            (DirectoryMark(device: 9, inode: 9), false, false),
        ])
    func marks(mark: DirectoryMark, inOneBoot: Bool, acrossBoots: Bool?) {
        let own = DirectoryMark(device: 1, inode: 2, birth: 3)
        #expect(own.isSame(as: mark, acrossBoots: false) == inOneBoot)
        #expect(own.isSame(as: mark, acrossBoots: true) == acrossBoots)
    }
}
