import Kernel
import Records
import Testing

@testable import Undo

@Suite("A journal's lines")
struct JournalFormatTests {
    private let records = (1...3).map {
        UndoRecord(
            "f\($0)", .resume(ProcessIdentity(pid: Int32($0), startTime: 7)), deadline: Int64($0))
    }

    private func lines() throws -> [[UInt8]] {
        let header = JournalHeader(
            drill: "d", process: ProcessIdentity(pid: 9, startTime: 9), boot: "b")
        let entries: [JournalEntry] = [.header(header)] + records.map { .push($0) }
        return try entries.enumerated().map {
            try JournalFormat.line($1, sequence: UInt64($0 + 1))
        }
    }

    @Test("come back as they were written, zero bytes behind them ignored")
    func roundTrip() throws {
        let bytes = try lines().joined() + Array(repeating: 0, count: 500)
        let contents = JournalFormat.parse(Array(bytes))
        #expect(contents.openRecords() == records)
        #expect(contents.lastSequence == 4)
        #expect(contents.header?.drill == "d")
        #expect(!contents.isTorn)
        #expect(contents.damage == [])
        #expect(try contents.end == lines().joined().count)
    }

    @Test("are readable up to the last whole one, wherever the file was cut")
    func torn() throws {
        let lines = try lines()
        let whole = Array(lines.joined())
        let last = whole.count - lines[3].count
        for cut in last..<whole.count {
            let contents = JournalFormat.parse(whole[..<cut] + [0, 0, 0])
            #expect(contents.openRecords() == Array(records.dropLast()), "cut at \(cut)")
            #expect(contents.isTorn == (cut > last))
            #expect(contents.damage == [])
            #expect(contents.end == last)
        }
    }

    @Test("read on from any length to the same contents as read at once, corrupt ones included")
    func continued() throws {
        let lines = try lines()
        var corrupt = lines
        corrupt[1][20] ^= 0x01
        for whole in [Array(lines.joined()), Array(corrupt.joined())] {
            for cut in 0...whole.count {
                let known = JournalFormat.parse(whole[..<cut] + [0, 0, 0])
                let rest = Array(whole[known.end...]) + [0, 0, 0]
                #expect(
                    JournalFormat.parse(rest, after: known) == JournalFormat.parse(whole),
                    "cut at \(cut)")
            }
        }
    }

    @Test("report a flipped bit in the middle, and still give the others")
    func corrupt() throws {
        let lines = try lines()
        let start = lines[0].count
        for offset in 0..<(lines[1].count - 1) {
            var bytes = Array(lines.joined())
            bytes[start + offset] ^= 0x01
            let contents = JournalFormat.parse(bytes)
            #expect(!contents.damage.isEmpty, "offset \(offset)")
            #expect(!contents.openRecords().contains { $0.identifier == "f1" })
            #expect(contents.openRecords().contains(records[2]))
            #expect(contents.end == bytes.count)
        }
    }

    @Test(
        "give a record whose first line is corrupt, when it was updated and not closed",
        arguments: [
            (["update"], true), (["update", "close"], false), (["close", "update"], false),
        ])
    func updated(rest: [String], isOpen: Bool) throws {
        var newer = records[1]
        newer.summary = "newer"
        newer.deadline = nil
        var lines = try lines()
        lines[2][20] ^= 0x01
        for (index, word) in rest.enumerated() {
            let entry: JournalEntry = word == "update" ? .update(newer) : .close("f2")
            lines.append(try JournalFormat.line(entry, sequence: UInt64(5 + index)))
        }
        let contents = JournalFormat.parse(Array(lines.joined()))
        #expect(!contents.damage.isEmpty)
        #expect(contents.openRecords() == [records[0], records[2]] + (isOpen ? [newer] : []))
    }

    @Test("report a missing line")
    func missing() throws {
        let lines = try lines()
        let contents = JournalFormat.parse(Array((lines[...1] + lines[3...]).joined()))
        #expect(contents.damage == ["line 3 has sequence 4 after 2"])
        #expect(contents.openRecords() == [records[0], records[2]])
    }

    @Test("never crash the reader, whatever bytes they are")
    func fuzz() throws {
        let whole = try Array(lines().joined())
        var generator = SplitMix(state: 42)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...Int.random(in: 0...5, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            let contents = JournalFormat.parse(bytes)
            #expect(contents.end <= bytes.count)
            for record in contents.openRecords() { #expect(records.contains(record)) }
        }
    }

    @Test("leave open what was neither closed nor replayed cleanly")
    func reduction() {
        var contents = JournalContents()
        var changed = records[1]
        changed.reversal = .kernel(lifetime: "socket")
        contents.entries = records.map { .push($0) } + [.update(changed), .close("f1")]
        #expect(contents.openRecords() == [changed, records[2]])
        let replayed = [undone("f2", failure: "busy"), undone("f3", failure: nil)]
        #expect(contents.openRecords(replayed: replayed) == [changed])
    }

    @Test("are written behind what another writer has added while the lock was waited for")
    func waiting() throws {
        let scratch = try Scratch()
        let directory = try StateDirectory(scratch.state)
        var second: JournalFile
        do {
            var first = try JournalFile(undoneOf: "d", in: directory)
            let isGranted = try first.lock(atMost: .zero)
            second = try JournalFile(undoneOf: "d", in: directory)
            let isGrantedTwice = try second.lock(atMost: .zero)
            #expect(isGranted && !isGrantedTwice)
            _ = try first.append(.note("one"))
            _ = try first.append(.note("two"))
        }
        let isGranted = try second.lock(atMost: .seconds(1))
        #expect(isGranted)
        _ = try second.append(.note("three"))
        let contents = try JournalFile.read("d.undone", in: directory)
        #expect(contents.notes == ["one", "two", "three"])
        #expect(contents.damage.isEmpty && !contents.isTorn)
    }

    @Test("have the checksum of zlib")
    func checksum() {
        #expect(Checksum.crc32("123456789".utf8) == 0xcbf4_3926)
        #expect(Checksum.crc32([UInt8]()) == 0)
    }

    private func undone(_ identifier: String, failure: String?) -> UndoneRecord {
        UndoneRecord(
            identifier: identifier, summary: "", by: .guardian, startedAt: 0,
            duration: .init(Int64(0)), comparisons: [], failure: failure)
    }
}

/// A seeded generator (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
