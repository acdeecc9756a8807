import Foundation
import Kernel
import Records
import Testing

@testable import Drills

@Suite("Where evidence may be kept")
struct EvidenceRootTests {
    private static let header = DrillHeader(
        identifier: "20261121T101500Z-sample-00c0de", playbook: "sample", title: "A sample",
        hypothesis: "It comes back.", tags: [], seed: 7, startedAt: 1, command: "firedrill run")

    /// Makes a directory of this user's alone, gives it to `body`, and removes it.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "firedrill-root-\(UUID().uuidString)"
        try #require(mkdir(path, 0o700) == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func make(_ path: String, mode: mode_t = 0o700) throws {
        try #require(mkdir(path, 0o700) == 0 && chmod(path, mode) == 0)
    }

    @Test("A drill whose directory is moved away writes there, and not where a link leads instead")
    func moved() throws {
        try withDirectory { root in
            let writer = try EvidenceWriter(
                root: "\(root)/evidence", header: Self.header, playbookText: "playbook: sample\n")
            let (moved, victim) = ("\(root)/moved", "\(root)/victim")
            try make(victim)
            let report = "\(victim)/report.html"
            try "precious".write(toFile: report, atomically: false, encoding: .utf8)
            try #require(rename(writer.directory.path, moved) == 0)
            try #require(symlink(victim, writer.directory.path) == 0)
            writer.record(Event(time: .zero, kind: .note, message: "still here"))
            try writer.replace("report.html", with: Array("the drill's".utf8))
            try writer.sync()
            writer.close()
            #expect(Descriptor.names(in: victim) == ["report.html"])
            #expect(try String(contentsOfFile: report, encoding: .utf8) == "precious")
            #expect(
                try String(contentsOfFile: "\(moved)/report.html", encoding: .utf8)
                    == "the drill's")
            #expect(
                try String(contentsOfFile: "\(moved)/events.jsonl", encoding: .utf8)
                    .contains("still here"))
            #expect(writer.held.place == moved)
        }
    }

    @Test("A directory that everybody may write to is refused, and one below it")
    func writable() throws {
        try withDirectory { root in
            let open = "\(root)/open"
            try make(open, mode: 0o777)
            try make("\(open)/below")
            for path in [open, "\(open)/below", "\(open)/below/missing"] {
                try expectRefusal(of: path, saying: "\(open): everybody may write to it")
            }
            #expect(Descriptor.names(in: "\(open)/below") == [])
        }
    }

    @Test("A symbolic link is refused, whatever it leads to, also when a slash follows it")
    func link() throws {
        try withDirectory { root in
            try make("\(root)/real")
            try #require(symlink("real", "\(root)/link") == 0)
            for path in ["\(root)/link", "\(root)/link/", "\(root)/link/."] {
                try expectRefusal(of: path, saying: "\(root)/link: it is a symbolic link")
            }
        }
    }

    @Test("A link before the end is followed, and what it leads to is looked at as well")
    func linkBefore() throws {
        try withDirectory { root in
            try make("\(root)/real")
            try make("\(root)/open", mode: 0o777)
            try make("\(root)/open/inner")
            try #require(symlink("real", "\(root)/good") == 0)
            try #require(symlink("\(root)/open/inner", "\(root)/bad") == 0)
            let found = try EvidenceRoot.open("\(root)/good/evidence")
            #expect(found.place == "\(root)/real/evidence")
            try expectRefusal(of: "\(root)/bad/evidence", saying: "everybody may write to it")
            try #require(symlink("loop", "\(root)/loop") == 0)
            #expect(throws: DrillError.self) { try EvidenceRoot.open("\(root)/loop/evidence") }
        }
    }

    @Test("The sticky bit keeps others' hands off: a directory like /tmp will do")
    func sticky() throws {
        try withDirectory { root in
            try make("\(root)/sticky", mode: 0o1777)
            for path in ["\(root)/sticky", "\(root)/sticky/evidence", "\(root)/new"] {
                let writer = try EvidenceWriter(
                    root: path, header: Self.header, playbookText: "playbook: sample\n")
                writer.close()
                let status = try #require(FileStatus.of(writer.directory.path))
                #expect(status.permissions == 0o700)
            }
        }
    }

    private func expectRefusal(of path: String, saying text: String) throws {
        let error = #expect(throws: DrillError.self) { try EvidenceRoot.open(path) }
        #expect(error?.isUsage == true)
        #expect("\(try #require(error))".contains(text), "\(String(describing: error))")
    }
}
