import Kernel

/// What a guardian has from its drill: the journal to follow, and its ends of their channels.
final class GuardianPost {
    /// The path of the drill's journal.
    let journal: String
    let directory: StateDirectory
    let drill: String
    let link: Descriptor
    /// Held for as long as the guardian means to stay, by this alone.
    private var vigil: Descriptor?
    /// Readable once the guardian has been told to end.
    let terminate: Descriptor

    /// The post of this process, which its drill has given these descriptors.
    convenience init(journal: String) throws {
        try self.init(
            journal: journal, link: Descriptor(GuardianLink.descriptor),
            vigil: Descriptor(GuardianLink.vigil), terminate: Signals.terminateDescriptor())
    }

    init(journal: String, link: Descriptor, vigil: Descriptor, terminate: Descriptor) throws {
        let name = journal.split(separator: "/").last.map(String.init) ?? ""
        self.journal = journal
        directory = try StateDirectory(String(journal.dropLast(name.count + 1)))
        drill = String(name.dropLast(StateDirectory.journalSuffix.count))
        self.link = link
        self.vigil = vigil
        self.terminate = terminate
    }

    /// Whether the guardian has not been told to end.
    var isKept: Bool { vigil != nil }

    /// Tells the drill that the guardian has been told to end.
    func leave() { vigil = nil }

    /// What the journal says now; reads on behind what is `known` of it.
    func contents(after known: JournalContents = .init()) throws -> JournalContents {
        try JournalFile.read(StateDirectory.journal(of: drill), in: directory, after: known)
    }

    /// Whose journal it is; throws when that cannot be read.
    func header(in contents: JournalContents) throws -> JournalHeader {
        guard let header = contents.header else {
            throw UndoError(attempted: "watch over", object: journal, reason: "it has no header")
        }
        return header
    }
}
