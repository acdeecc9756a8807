import Glibc
import Kernel
import Records

/// A drill that is dead and has left something for `firedrill revert` to do.
public struct UnsettledDrill: Sendable, Equatable {
    public var drill: String
    /// What is open, or why it cannot be told; a sentence each.
    public var reasons: [String]
    /// Whether a journal of it cannot be relied on, so that no replay settles it.
    public var isDamaged: Bool

    /// What is to be done about it, in one clause.
    public var remedy: String {
        let revert = "`firedrill revert` takes its faults out"
        return isDamaged
            ? "\(revert) as far as it can; when somebody has looked at the rest, "
                + "`firedrill revert --forget \(drill)` removes its journal"
            : revert
    }

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
        directory.drills.compactMap { unsettled($0) }
    }

    /// Whether a drill is dead and not yet undone in full; false when it has no journal here.
    func isUnsettled(_ drill: String) -> Bool {
        FileStatus.of("\(directory.path)/\(StateDirectory.journal(of: drill))") != nil
            && unsettled(drill) != nil
    }

    /// Removes the journals of dead drills of which nothing is open any more; returns their names.
    public func forgetSettled() -> [String] {
        directory.drills.filter { drill in
            !isAlive(drill) && unsettled(drill) == nil && revert(drill).state == .clean
        }
    }

    private func isAlive(_ drill: String) -> Bool {
        guard
            let header = try? JournalFile.header(
                of: StateDirectory.journal(of: drill), in: directory)
        else { return false }
        return header.boot == BootIdentifier.current && ProcessTable.isAlive(header.process)
    }

    private func unsettled(_ drill: String) -> UnsettledDrill? {
        let contents: JournalContents
        do {
            contents = try JournalFile.read(StateDirectory.journal(of: drill), in: directory)
        } catch let error as KernelError where error.number == ENOENT {
            // Another revert may have just finished with it.
            return nil
        } catch {
            return UnsettledDrill(drill: drill, reasons: ["\(error)"], isDamaged: true)
        }
        guard let header = contents.header else {
            let open = contents.openRecords().map { "not done: \($0.summary)" }
            return UnsettledDrill(
                drill: drill, reasons: ["the journal has no header"] + open, isDamaged: true)
        }
        let isSameBoot = header.boot == BootIdentifier.current
        if isSameBoot, ProcessTable.isAlive(header.process) { return nil }
        let undone = try? JournalFile.read(StateDirectory.undoneJournal(of: drill), in: directory)
        let open = contents.openRecords(replayed: undone?.undone ?? [])
            .filter { isSameBoot || $0.reversal.outlivesBoot }
        let damage = contents.damage + (undone?.damage ?? [])
        guard !damage.isEmpty || !open.isEmpty else { return nil }
        return UnsettledDrill(
            drill: drill, reasons: damage + open.map { "not done: \($0.summary)" },
            isDamaged: !damage.isEmpty)
    }
}
