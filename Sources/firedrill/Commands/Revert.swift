import ArgumentParser
import FoundationEssentials
import Playbooks
import Records
import Undo

/// `firedrill revert`: takes out whatever drills that died have left open.
struct Revert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revert",
        abstract: "Take out whatever a drill that died has left behind.",
        discussion: """
            Replays the undo records of drills that are no longer alive, verifies each by reading \
            the system back, and prints what it found. Drills that run are left alone. It can be \
            repeated at will. Exits with 5 when something could not be taken out.
            """)

    func run() throws {
        let path = UndoState.directory
        let findings = try Reversion(directory: path).run()
        if findings.isEmpty { Console.line("nothing on record in \(path)") }
        for finding in findings {
            Console.line("\(finding.drill): \(word(finding.state))")
            for undone in finding.undone {
                let outcome = undone.failure ?? (undone.isClean ? "verified" : "not as before")
                Console.line(
                    "  \(undone.identifier): \(undone.summary): by \(undone.by.rawValue) in "
                        + "\(undone.duration.duration.text), \(outcome)")
                for comparison in undone.comparisons where !comparison.isSame {
                    Console.line(
                        "    \(comparison.what) was \(comparison.before), is \(comparison.after)")
                }
            }
            for damage in finding.damage { Console.line("  damaged: \(damage)") }
        }
        if findings.contains(where: { $0.state == .residual || $0.state == .damaged }) {
            throw ExitCode(5)
        }
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
