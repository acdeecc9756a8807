import FoundationEssentials
import Records

/// The lines of a journal: `{"crc32":"0a1b2c3d","sequence":7,"entry":{…}}`, and behind the entry,
/// where it is an undo record, `"of":{…}`: whose journal this is.
///
/// The checksum covers everything behind its own comma. The file is allocated ahead: zero bytes
/// follow the last line.
enum JournalFormat {
    /// The bytes of one line, newline included.
    static func line(
        _ entry: JournalEntry, sequence: UInt64, of origin: JournalHeader? = nil
    ) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(entry)
        var body = Array("\"sequence\":\(sequence),\"entry\":".utf8) + json
        if let origin, entry.isRecord {
            body += Array(",\"of\":".utf8) + (try encoder.encode(origin))
        }
        body.append(0x7d)
        return prefix + hexadecimal(Checksum.crc32(body)) + infix + body + [0x0a]
    }

    /// Everything that can be read from a journal's bytes.
    ///
    /// - Parameters:
    ///   - bytes: the journal from ``JournalContents/end`` of `known` on.
    ///   - known: what was read of it before.
    static func parse(
        _ bytes: [UInt8], after known: JournalContents = JournalContents()
    ) -> JournalContents {
        var contents = known
        contents.isTorn = false
        let used = bytes.count - trailingZeros(bytes)
        let lines = bytes[..<used].split(separator: 0x0a, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            // After the last newline comes nothing, or the start of a line whose writer died.
            if isLast {
                contents.isTorn = !line.isEmpty
            } else if let line = decoded(line) {
                contents.append(
                    line.entry, sequence: line.sequence, line: known.lines + index + 1)
                contents.origin = contents.origin ?? line.of
                contents.end = known.end + lines[index].endIndex + 1
                contents.lines = known.lines + index + 1
            } else if index == lines.count - 2 && lines.last?.isEmpty == true {
                // A torn write may have reached the disk with its end and without its middle.
                contents.isTorn = true
            } else {
                contents.damage.append("line \(known.lines + index + 1) is corrupt")
                contents.end = known.end + line.endIndex + 1
                contents.lines = known.lines + index + 1
            }
        }
        return contents
    }

    /// Most of a file is its preallocated end, so eight bytes are looked at together.
    private static func trailingZeros(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var end = bytes.count
            while end >= 8, bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 {
                end -= 8
            }
            while end > 0, bytes[end - 1] == 0 { end -= 1 }
            return bytes.count - end
        }
    }

    private static let prefix = Array("{\"crc32\":\"".utf8)
    private static let infix = Array("\",".utf8)

    private struct Line: Decodable {
        var sequence: UInt64
        var entry: JournalEntry
        var of: JournalHeader?
    }

    private static func decoded(_ line: ArraySlice<UInt8>) -> Line? {
        let body = line.dropFirst(prefix.count + 8 + infix.count)
        guard !body.isEmpty,
            line.starts(with: prefix + hexadecimal(Checksum.crc32(body)) + infix)
        else { return nil }
        return try? JSONDecoder().decode(Line.self, from: Data([0x7b] + body))
    }

    private static func hexadecimal(_ value: UInt32) -> [UInt8] {
        let digits = Array(String(value, radix: 16).utf8)
        return Array(repeating: UInt8(ascii: "0"), count: 8 - digits.count) + digits
    }
}

/// What a journal says.
struct JournalContents: Equatable {
    var entries: [JournalEntry] = []
    /// The sequence of the last readable line; 0 before the first.
    var lastSequence: UInt64 = 0
    /// Where the next line goes.
    var end = 0
    /// How many lines end before there, corrupt ones included.
    var lines = 0
    /// The last line was cut short by a crash: its deed was never done.
    var isTorn = false
    /// Lines that should be readable and are not: a deed may be missing from the account.
    var damage: [String] = []
    /// Whose journal the records say that this is.
    var origin: JournalHeader?

    mutating func append(_ entry: JournalEntry, sequence: UInt64, line: Int) {
        if sequence != lastSequence + 1 {
            damage.append("line \(line) has sequence \(sequence) after \(lastSequence)")
        }
        entries.append(entry)
        lastSequence = sequence
    }

    /// Whose journal it is: as its first line says, or as its records do where that is damaged.
    var header: JournalHeader? {
        if case .header(let header) = entries.first { header } else { origin }
    }

    /// Whether somebody other than the drill has tried everything that was open.
    var isSpent: Bool { entries.contains(.spent) }

    var notes: [String] {
        entries.compactMap { if case .note(let text) = $0 { text } else { nil } }
    }

    /// What others did for the drill, in order.
    var undoneEntries: [UndoneEntry] {
        entries.compactMap {
            switch $0 {
            case .undone(let record): .undone(record)
            case .note(let text): .note(text)
            case .header, .push, .update, .close, .spent: nil
            }
        }
    }

    var undone: [UndoneRecord] {
        entries.compactMap { if case .undone(let record) = $0 { record } else { nil } }
    }

    /// Records neither closed by the drill nor replayed cleanly, oldest first.
    func openRecords(replayed: [UndoneRecord] = []) -> [UndoRecord] {
        var open: [UndoRecord] = []
        var known: Set<String> = []
        for entry in entries {
            switch entry {
            case .push(let record):
                known.insert(record.identifier)
                open.removeAll { $0.identifier == record.identifier }
                open.append(record)
            case .update(let record):
                if let index = open.firstIndex(where: { $0.identifier == record.identifier }) {
                    // An injector changes what is undone, and not until when.
                    let deadline = record.deadline ?? open[index].deadline
                    open[index] = record
                    open[index].deadline = deadline
                } else if known.insert(record.identifier).inserted {
                    // The line that said so first cannot be read, and this one says it all.
                    open.append(record)
                }
            case .close(let identifier):
                known.insert(identifier)
                open.removeAll { $0.identifier == identifier }
            case .header, .undone, .note, .spent: break
            }
        }
        let clean = Set(replayed.filter(\.isClean).map(\.identifier))
        return open.filter { !clean.contains($0.identifier) }
    }
}
