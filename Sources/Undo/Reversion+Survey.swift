import Glibc
import Kernel
import Records

/// A drill that is dead and has left something for `firedrill revert` to do.
public struct UnsettledDrill: Sendable, Equatable {
    public var drill: String
    /// What is open, or why it cannot be told; a sentence each.
    public var reasons: [String]

    /// The drills with a journal in a state directory that is another user's and is not believed.
    ///
    /// Empty when the directory cannot be read; a drill that runs is not among them.
    public static func names(inForeign path: String) -> [String] {
        guard let directory = try? StateDirectory(reading: path) else { return [] }
        let living = Set(LivingDrill.all(in: [path]).map(\.drill))
        return directory.drills.filter { UndoJournal.isFileName($0) && !living.contains($0) }
    }
}

extension Reversion {
    /// The same of a state directory that need not be there yet; makes nothing.
    ///
    /// Throws what the making of a drill's undo records there would throw.
    public static func unsettledDrills(in path: String) throws -> [UnsettledDrill] {
        guard path.hasPrefix("/"), FileStatus.of(path) == nil else {
            return try Reversion(directory: path).unsettledDrills()
        }
        return []
    }

    /// The drills that are dead and not yet undone in full; looks, and takes nothing out.
    ///
    /// A drill whose guardian has taken everything out and verified it is not among them. A journal
    /// that cannot be read or relied on is: somebody has to look at it.
    public func unsettledDrills() -> [UnsettledDrill] {
        directory.drills.compactMap { drill in
            let reasons = unsettledReasons(drill)
            return reasons.isEmpty ? nil : UnsettledDrill(drill: drill, reasons: reasons)
        }
    }

    /// Removes the journals of dead drills of which nothing is open any more; returns their names.
    public func forgetSettled() -> [String] {
        directory.drills.filter { drill in
            !isAlive(drill) && unsettledReasons(drill).isEmpty && revert(drill).state == .clean
        }
    }

    private func isAlive(_ drill: String) -> Bool {
        guard
            let contents = try? JournalFile.read(StateDirectory.journal(of: drill), in: directory),
            let header = contents.header
        else { return false }
        return header.boot == BootIdentifier.current && ProcessTable.isAlive(header.process)
    }

    /// Whether one drill is dead and not undone in full; reads that drill's own two files alone.
    func isUnsettled(_ drill: String) -> Bool { !unsettledReasons(drill).isEmpty }

    private func unsettledReasons(_ drill: String) -> [String] {
        let contents: JournalContents
        do {
            contents = try JournalFile.read(StateDirectory.journal(of: drill), in: directory)
        } catch let error as KernelError where error.number == ENOENT {
            // Another revert may have just finished with it.
            return []
        } catch {
            return ["\(error)"]
        }
        guard let header = contents.header else {
            return ["the journal has no header"]
                + contents.openRecords().map { "not done: \($0.summary)" }
        }
        let isSameBoot = header.boot == BootIdentifier.current
        if isSameBoot, ProcessTable.isAlive(header.process) { return [] }
        let undone = try? JournalFile.read(StateDirectory.undoneJournal(of: drill), in: directory)
        let open = contents.openRecords(replayed: undone?.undone ?? [])
            .filter { isSameBoot || $0.reversal.outlivesBoot }
        return contents.damage + (undone?.damage ?? []) + open.map { "not done: \($0.summary)" }
    }
}
