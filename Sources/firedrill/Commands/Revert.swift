import ArgumentParser
import FoundationEssentials
import Glibc
import Kernel
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
            compared. What ended with its kernel is named as gone with the reboot, and nothing is \
            touched for it. Drills that run are left alone. It can be repeated at will. Exits with \
            5 when something could not be taken out, or --forget has dropped what nobody knows of.

            Records lie in /var/lib/firedrill/undo for root, in $XDG_STATE_HOME/firedrill or \
            ~/.local/state/firedrill for others, and in $FIREDRILL_STATE where that is set.
            """)

    @Flag(
        name: .long,
        help: """
            Also revert drills whose state directories the host's register names; as root, those of \
            other users too, with the rights of each and no more.
            """
    )
    var all = false

    @Option(
        name: .long,
        help: "Revert this drill as far as can be, then remove its journal whatever it says.")
    var forget: String?

    func run() throws {
        let own = [UndoState.directory] + UndoState.otherDirectories
        if let forget {
            let finding = try Reversion.forget(forget, in: own)
            show(finding)
            Console.line("its journal is removed; nothing remembers the drill any more")
            if finding.state != .clean { throw ExitCode(5) }
            return
        }
        var isDone = true
        for path in own { isDone = try revert(path) && isDone }
        if all {
            for place in UndoState.reach.revertible(besides: own) {
                isDone = try revert(place) && isDone
            }
        }
        DrillRegister.host.sweep()
        if !isDone { throw ExitCode(5) }
    }

    /// - Parameter user: with whose rights, where they are not those that this was started with.
    private func revert(_ path: String, as user: UInt32? = nil) throws -> Bool {
        let findings = try Reversion(directory: path, isForOther: user != nil).run()
        if findings.isEmpty { Console.line("nothing on record in \(path)") }
        for finding in findings {
            show(finding)
            if finding.state == .damaged {
                Console.line(
                    "  no drill starts meanwhile: look for what the unreadable part of "
                        + "\(path)/\(finding.drill).journal may have recorded, then have it removed "
                        + "by `\(forgetting(finding.drill, in: path, as: user))`")
            }
        }
        return !findings.contains { $0.state == .residual || $0.state == .damaged }
    }

    /// A record is an order to signal and to delete: another user's is carried out with the rights of
    /// that user alone, so that it can do nothing that its writer could not.
    private func revert(_ place: RevertPlace) throws -> Bool {
        guard !UnsettledDrill.names(inForeign: place.path).isEmpty else { return true }
        if place.owner == geteuid() { return try revert(place.path) }
        Console.line("as user \(place.owner), for \(place.path) is that user's:")
        do {
            return try OtherUser.act(as: place.owner) { try revert(place.path, as: place.owner) }
        } catch {
            Console.line("  \(error)")
            return false
        }
    }
}
