import Kernel

extension Reversion {
    /// The drills that are dead and still have undo records open; looks, and takes nothing out.
    ///
    /// A journal that cannot be read counts as open: somebody has to look at it.
    public func openDrills() -> [String] {
        directory.drills.filter { drill in
            guard
                let contents = try? JournalFile.read(
                    StateDirectory.journal(of: drill), in: directory),
                let header = contents.header
            else { return true }
            return header.boot != BootIdentifier.current
                || !ProcessTable.isAlive(header.process)
        }
    }
}
