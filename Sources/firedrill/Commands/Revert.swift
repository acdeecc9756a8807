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
            Replays the undo records of drills that are no longer alive, after a crash or a \
            reboot, verifies each by reading the system back, and prints what it found, did and \
            compared. Drills that run are left alone. It can be repeated at will. Exits with 5 \
            when something could not be taken out.
            """)

    @Flag(
        name: .long,
        help: "Also name the drills of other users; they are theirs to revert, and exit with 5.")
    var all = false

    func run() throws {
        let own = UndoState.directory
        var isDone = try revert(own)
        if all {
            for path in UndoState.reachable where path != own {
                isDone = refuse(path) && isDone
            }
        }
        if !isDone { throw ExitCode(5) }
    }

    private func revert(_ path: String) throws -> Bool {
        let findings = try Reversion(directory: path).run()
        if findings.isEmpty { Console.line("nothing on record in \(path)") }
        for finding in findings {
            Console.line("\(finding.drill): \(word(finding.state))")
            for undone in finding.undone { show(undone) }
            for damage in finding.damage { Console.line("  damaged: \(damage)") }
            if finding.state == .damaged {
                Console.line(
                    "  nothing starts before \(path)/\(finding.drill).journal is gone: look for "
                        + "what it may have recorded, then remove it")
            }
        }
        return !findings.contains { $0.state == .residual || $0.state == .damaged }
    }

    private func show(_ undone: UndoneRecord) {
        let outcome = undone.failure ?? (undone.isClean ? "verified" : "not as before")
        Console.line(
            "  \(undone.identifier): \(undone.summary): by \(undone.by.rawValue) in "
                + "\(undone.duration.duration.text), \(outcome)")
        for comparison in undone.comparisons {
            Console.line(
                "    \(comparison.what) was \(comparison.before), is \(comparison.after)")
        }
    }

    /// Replays nothing that another user wrote: a record is an order to signal and to delete.
    private func refuse(_ path: String) -> Bool {
        let drills = UnsettledDrill.names(inForeign: path)
        for drill in drills {
            Console.line(
                "\(drill): left alone, for its records in \(path) are another user's: that user "
                    + "runs firedrill revert")
        }
        return drills.isEmpty
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
