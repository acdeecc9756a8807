import Glibc
import Kernel
import Records

/// A drill that runs now, as its journal or the host's register, and the process table tell.
struct LivingDrill {
    /// Where its journal is; nil when that cannot be seen from here.
    let directory: StateDirectory?
    let drill: String
    let process: ProcessHandle
    /// What was read of its journal so far.
    private var journal = JournalContents()

    /// How many journals of one directory are looked at: whose it is may fill it at will.
    private static let mostDrills = 1_000
    /// Its entry in the register, if it was found there.
    private var entry: RegisteredDrill?

    /// The drills with a journal in these directories that are alive.
    ///
    /// A journal may belong to another user, who could have written anything into it: it counts
    /// only when the process that it names is that user's.
    static func all(in directories: [String]) -> [LivingDrill] {
        directories.flatMap { path -> [LivingDrill] in
            guard let directory = try? StateDirectory(reading: path) else { return [] }
            return directory.drills.prefix(mostDrills)
                .compactMap { LivingDrill($0, in: directory) }
        }
    }

    /// The drills that somebody's word reaches, each once.
    static func all(in reach: DrillReach) -> [LivingDrill] {
        let registered = (reach.register?.stoppable() ?? []).compactMap { LivingDrill($0) }
        let known = Set(registered.map(\.process.identity))
        return registered
            + all(in: reach.directories).filter { !known.contains($0.process.identity) }
    }

    /// A drill of the register, whose process was checked to be its owner's.
    private init?(_ entry: RegisteredDrill) {
        guard let process = try? ProcessHandle(entry.process) else { return nil }
        let directory = try? StateDirectory(reading: entry.stateDirectory)
        self.directory = directory?.owner == entry.owner ? directory : nil
        (drill, self.process, self.entry) = (entry.drill, process, entry)
    }

    private init?(_ drill: String, in directory: StateDirectory) {
        guard
            let header = try? JournalFile.header(
                of: StateDirectory.journal(of: drill), in: directory),
            header.boot == BootIdentifier.current,
            ProcessTable.isAlive(header.process),
            let owner = FileStatus.of("/proc/\(header.process.pid)")?.owner,
            owner == directory.owner,
            let process = try? ProcessHandle(header.process)
        else { return nil }
        (self.directory, self.drill, self.process) = (directory, drill, process)
    }

    /// The open undo records of faults; the testbed's own are left out.
    ///
    /// Throws when the journal cannot be read although it is there, or nobody sees whether it is; one
    /// that is gone has none open.
    mutating func openFaults() throws -> [UndoRecord] {
        guard let directory = try directory ?? laterDirectory() else { return [] }
        do {
            journal = try JournalFile.read(
                StateDirectory.journal(of: drill), in: directory, after: journal)
            let undone = try? JournalFile.read(
                StateDirectory.undoneJournal(of: drill), in: directory)
            return journal.openRecords(replayed: undone?.undone ?? []).filter(\.isFault)
        } catch let error as KernelError where error.number == ENOENT {
            return []
        }
    }

    /// The directory that could not be opened when the drill was found; nil while it has none, for a
    /// drill makes it before its first fault.
    private func laterDirectory() throws -> StateDirectory? {
        guard let entry else { return nil }
        do {
            let directory = try StateDirectory(reading: entry.stateDirectory)
            guard directory.owner == entry.owner else {
                throw UndoError(
                    attempted: "read the undo records of", object: "drill \(drill)",
                    reason: "their directory is not its user's",
                    remedy: "look for it at \(entry.stateDirectory)")
            }
            return directory
        } catch let error as KernelError where error.number == ENOENT {
            guard entry.sought.faults.isEmpty else { throw error }
            return nil
        }
    }
}

extension UndoRecord {
    /// Whether it takes out a fault, whose identifiers are `f1`, `f2` and so on.
    var isFault: Bool { identifier.first == "f" && UInt(identifier.dropFirst()) != nil }
}
