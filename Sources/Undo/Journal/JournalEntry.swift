import Kernel
import Records

/// One line of a journal.
enum JournalEntry: Codable, Equatable {
    /// The first line: whose journal this is.
    case header(JournalHeader)
    /// A record that is open from now on.
    case push(UndoRecord)
    /// What an open record reads from now on.
    case update(UndoRecord)
    /// The drill has done and verified the reversal of this record.
    case close(String)
    /// Somebody else has replayed this record.
    case undone(UndoneRecord)
    /// What somebody else did beside that, and why; a sentence.
    case note(String)
    /// Somebody else has tried everything that was open; what did not come out is for a person.
    case spent
}

/// Whose journal this is.
struct JournalHeader: Codable, Equatable {
    static let currentVersion = 1

    var version = JournalHeader.currentVersion
    var drill: String
    var process: ProcessIdentity
    /// `/proc/sys/kernel/random/boot_id`: after a reboot, process numbers mean nothing any more.
    var boot: String
    /// Where the drill's evidence is, to which is added what others undo; nil where there is none.
    var evidence: DrillEvidence?
}

extension JournalEntry {
    /// Whether it is an undo record, which must be understood without the rest of the journal.
    var isRecord: Bool {
        switch self {
        case .push, .update: true
        case .header, .close, .undone, .note, .spent: false
        }
    }
}
