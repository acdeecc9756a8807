import Records
import Undo

extension Revert {
    /// The whole command that has a journal removed, for the user whose it is.
    func forgetting(_ drill: String, in path: String, as user: UInt32?) -> String {
        (user.map { "sudo -u '#\($0)' env " } ?? "")
            + "FIREDRILL_STATE=\(ShellWord.quoted(path)) firedrill revert "
            + "--forget \(ShellWord.quoted(drill))"
    }

    func show(_ finding: Reversion.Finding) {
        Console.line("\(finding.drill): \(word(finding.state))")
        for note in finding.notes { Console.line("  \(UndoneEntry.note(note).line)") }
        for undone in finding.undone {
            Console.line("  \(UndoneEntry.undone(undone).line)")
            for comparison in undone.comparisons {
                Console.line(
                    "    \(comparison.what) was \(comparison.before), is \(comparison.after)")
            }
        }
        for damage in finding.damage { Console.line("  damaged: \(damage)") }
    }

    private func word(_ state: Reversion.Finding.State) -> String {
        switch state {
        case .living: "runs; left alone"
        case .clean: "everything is out"
        case .residual: "something is still in"
        case .damaged: "its journal is damaged"
        }
    }
}
