import ArgumentParser
import FoundationEssentials
import Glibc
import Playbooks
import Records
import Undo

/// `firedrill halt`: every drill ends now, and none begins until `firedrill resume`.
struct Halt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "halt",
        abstract: "Stop every drill on this host now, and let none begin.",
        discussion: """
            Root's order holds for every user of the host, another user's for that user's own \
            drills, whatever their state directories are. Where FIREDRILL_STATE names one, the order \
            is only for the drills that use that one. Each drill takes its faults out, stops its testbed and reports itself as \
            aborted; one that does not get its faults out within 5 s is killed, and its guardian \
            takes them out. Prints how long it took. The order stands, over reboots too, until \
            'firedrill resume'. Drills end also where the order cannot be put in force, which exits \
            with 7. Exits with 5 when a fault was not seen to come out.
            """)

    @Option(help: "Why, for everybody who is refused a drill.")
    var reason = ""

    func run() throws {
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        let orders = UndoState.haltOrders
        let given = Result {
            try orders.give(HaltOrder(reason: reason, user: geteuid(), givenAt: now))
        }
        if case .success(false) = given, let standing = orders.standing() {
            Console.line("an earlier order stands: \(standing.text)")
        }
        // The order is in force before drills are looked for: one that begins now finds it. Where it
        // cannot be put in force, drills end all the same.
        let findings = DrillStop(UndoState.reach).run()
        if findings.isEmpty { Console.line("no drill runs") }
        for finding in findings { Console.line(text(of: finding)) }
        if let last = findings.compactMap(\.faultsOut).max() {
            Console.line("the last fault was out after \(last.duration.text)")
        }
        let isLeft = findings.contains { !$0.failure.isEmpty }
        switch given {
        case .success:
            sayScope(orders)
            if isLeft { throw ExitCode(5) }
        case .failure(let error):
            Console.line("drills may begin again, for the order is not in force")
            guard isLeft else { throw error }
            Console.error("error: \(error)")
            throw ExitCode(5)
        }
    }

    private func sayScope(_ orders: HaltOrders) {
        let scope = UndoState.named.map { " with the state directory \($0)" } ?? ""
        Console.line("no drill\(scope) begins until `\(orders.resumeCommand)`")
        if !scope.isEmpty {
            Console.line(
                "other drills go on: without FIREDRILL_STATE, `firedrill halt` ends them too")
        }
    }

    private func text(of finding: DrillStop.Finding) -> String {
        var parts = ["\(finding.drill) (\(finding.process))"]
        if finding.wasKilled { parts.append("killed, for it did not end by itself") }
        if let out = finding.faultsOut { parts.append("faults out after \(out.duration.text)") }
        if let ended = finding.ended { parts.append("ended after \(ended.duration.text)") }
        if !finding.failure.isEmpty { parts.append(finding.failure) }
        return parts.joined(separator: ", ")
    }
}
