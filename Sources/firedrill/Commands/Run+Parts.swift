import ArgumentParser
import Drills
import Faults
import Glibc
import Kernel
import Playbooks
import Records
import Reports
import Undo

extension Run {
    func load() throws -> LoadedPlaybook {
        try LoadedPlaybook.loadOrExit(options.playbook, settings: options.settings)
    }

    /// Asks before a drill touches what it did not start itself, runs programs that its playbook
    /// names, or uses secrets; ends with 2 when the answer is no, or the plan is refused anyway.
    func confirm(_ playbook: Playbook, _ policy: HostPolicy) throws {
        guard !yes else { return }
        let plan = try PlanBuilder(
            playbook: playbook, seed: 0, host: HostCapabilities.probe(), policy: policy
        ).build()
        let question = Question(plan, playbook.secrets, trustsPlaybook: trustPlaybook)
        guard !question.lines.isEmpty else { return }
        for line in question.lines { Console.error(line) }
        // What is refused now may be allowed a moment later, when nobody is asked any more.
        guard question.refusals.isEmpty else {
            for refusal in question.refusals { Console.error("REFUSED  \(refusal)") }
            throw ExitCode(2)
        }
        guard Console.isInteractive, isatty(STDIN_FILENO) == 1 else {
            Console.error("Look at `firedrill plan`, and pass --yes if that is meant.")
            throw ExitCode(2)
        }
        Console.write("Go on? [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased()) else { throw ExitCode(2) }
    }

    func observer() -> any DrillObserver {
        if json { return JSONProgress() }
        if quiet { return QuietProgress(hasColor: Console.hasColor) }
        return TerminalProgress(isLive: Console.isInteractive, hasColor: Console.hasColor)
    }

    /// The command that repeats this drill with the same schedule.
    func command(seed: UInt64) -> String {
        let settings = options.settings.map { " --set \(ShellWord.quoted($0))" }.joined()
        return "firedrill run \(ShellWord.quoted(options.playbook))\(settings) --seed \(seed)"
    }

    func writeReports(_ result: DrillResult) throws {
        for (format, text) in try ReportFormat.renderAll(result.evidence) {
            try result.held.replace(format.fileName, with: Array(text.utf8))
        }
        guard !json else { return }
        Console.line("\nreport  \(result.directory.file(ReportFormat.html.fileName))")
    }

    /// Tells the history where the evidence lies; a drill is none the worse when that fails.
    ///
    /// Throws where drills must not leave any.
    func noteEvidence() throws {
        _ = try EvidenceRoot.open(evidence.root)
        do {
            // The list may lie in it: nothing is written where others could have put it.
            _ = try StateDirectory(UndoState.directory)
            try UndoState.evidencePlaces.note(evidence.root)
        } catch {
            Console.error("warning: the history will not find this drill by itself: \(error)")
        }
    }
}
