import Glibc
import Kernel

/// A journal on disk, appended to by one writer.
struct JournalFile {
    /// Space set aside ahead of the writes, so that a full disk does not stop undo.
    private static let step = 256 * 1024
    /// The most that a journal may say, in bytes: 64 MiB, some fifty thousand starts of a node.
    ///
    /// Who reads one need not trust who wrote it, and stops there.
    static let limit = 64 << 20
    /// How much of it is read for its header, which each of its records repeats.
    private static let beginning = 64 << 10

    let path: String
    private let descriptor: Descriptor
    private var allocated: Int
    private var end: Int
    private var sequence: UInt64
    /// Repeated in each record: a header that can no longer be read must not keep them in.
    private var origin: JournalHeader?

    /// Creates a journal; it appears under its name only with its first line on disk.
    init(
        creating name: String, in directory: StateDirectory, first entry: JournalEntry?
    ) throws {
        path = "\(directory.path)/\(name)"
        descriptor = try Descriptor.openUnnamed(in: directory.path)
        try descriptor.preallocate(Self.step)
        (allocated, end, sequence) = (Self.step, 0, 0)
        if case .header(let header)? = entry { origin = header }
        if let entry { _ = try append(entry) }
        try descriptor.link(as: name, in: directory.descriptor)
    }

    /// Opens a journal that is there; to be appended to once its lock has been granted.
    init(opening name: String, in directory: StateDirectory) throws {
        path = "\(directory.path)/\(name)"
        descriptor = try Descriptor.openRegular(
            name, below: directory.descriptor, isWritten: true)
        (allocated, end, sequence) = (0, 0, 0)
    }

    /// Opens what others than the drill have undone, made where it is missing; see ``lock(atMost:)``.
    init(undoneOf drill: String, in directory: StateDirectory) throws {
        let name = StateDirectory.undoneJournal(of: drill)
        do {
            try self.init(opening: name, in: directory)
        } catch let error as KernelError where error.number == ENOENT {
            // The guardian never came up, or it is just coming up.
            do {
                try self.init(creating: name, in: directory, first: nil)
            } catch let error as KernelError where error.number == EEXIST {
                try self.init(opening: name, in: directory)
            }
        }
    }

    /// What the journal says now.
    func contents() throws -> JournalContents {
        JournalFormat.parse(try Self.bytes(of: descriptor))
    }

    /// Appends a line, returns its sequence when it is on disk.
    ///
    /// Throws when the journal would have more than ``limit`` bytes, and when it cannot be written.
    mutating func append(_ entry: JournalEntry) throws -> UInt64 {
        let line = try JournalFormat.line(entry, sequence: sequence + 1, of: origin)
        guard end + line.count <= Self.limit else {
            throw UndoError(
                attempted: "append to", object: path,
                reason: "no journal has more than \(Self.limit) bytes",
                remedy: "let the drill be shorter, or start fewer processes")
        }
        if end + line.count > allocated {
            try descriptor.preallocate(end + line.count + Self.step)
            allocated = end + line.count + Self.step
        }
        // A write that failed is overwritten by the next, which has the same sequence.
        try descriptor.writeDurably(line, at: end)
        end += line.count
        sequence += 1
        return sequence
    }

    /// Waits at most `bound` for the sole right to write here; returns whether it was granted.
    ///
    /// What comes next is written behind the last readable line of that moment: until then somebody
    /// else may have been writing.
    mutating func lock(atMost bound: Duration) throws -> Bool {
        let deadline = ContinuousClock.now + bound
        while !descriptor.lockExclusively() {
            guard ContinuousClock.now < deadline else { return false }
            usleep(5000)
        }
        let bytes = try Self.bytes(of: descriptor)
        let contents = JournalFormat.parse(bytes)
        (allocated, end, sequence) = (bytes.count, contents.end, contents.lastSequence)
        origin = contents.header
        // The rest of a torn line would join up with the next one.
        if contents.isTorn {
            let rest = bytes.count - contents.end
            try descriptor.writeDurably(Array(repeating: 0, count: rest), at: contents.end)
        }
        return true
    }

    /// What a journal says that somebody else writes; reads on behind what is `known` of it.
    static func read(
        _ name: String, in directory: StateDirectory, after known: JournalContents = .init()
    ) throws -> JournalContents {
        let file = try Descriptor.openRegular(name, below: directory.descriptor)
        var contents = JournalFormat.parse(try bytes(of: file, from: known.end), after: known)
        if try file.status().size > longest {
            contents.damage.append("it is longer than \(longest) bytes, as no drill's own is")
        }
        return contents
    }

    /// Whose journal it is, by its beginning alone; nil when that does not say.
    static func header(of name: String, in directory: StateDirectory) throws -> JournalHeader? {
        let file = try Descriptor.openRegular(name, below: directory.descriptor)
        return JournalFormat.parse(try file.readAll(limit: beginning)).header
    }

    /// The longest file that an own journal can have, with what is set aside.
    private static let longest = limit + step

    private static func bytes(
        of file: Descriptor, from start: Int = 0
    ) throws(KernelError) -> [UInt8] {
        try file.readAll(from: start, limit: max(0, longest - start))
    }
}
