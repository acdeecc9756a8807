import ArgumentParser
import Drills
import Glibc
import Kernel
import Playbooks
import Records
import Reports

extension Run {
    func load() throws -> PlaybookFile {
        try PlaybookFile.loadOrExit(options.playbook, settings: options.settings)
    }

    func observer() -> any DrillObserver {
        if json { return JSONProgress() }
        if quiet { return QuietProgress(hasColor: Console.hasColor) }
        return TerminalProgress(isLive: Console.isInteractive, hasColor: Console.hasColor)
    }

    /// The command that repeats this drill with the same schedule.
    func command(seed: UInt64) -> String {
        let settings = options.settings.map { " --set \(Self.quoted($0))" }.joined()
        return "firedrill run \(Self.quoted(options.playbook))\(settings) --seed \(seed)"
    }

    func writeReports(_ result: DrillResult) throws {
        for format in ReportFormat.allCases {
            try EvidenceDirectory.replace(
                result.directory.file(format.fileName),
                with: Array(try format.render(result.evidence).utf8))
        }
        guard !json else { return }
        Console.line("\nreport  \(result.directory.file(ReportFormat.html.fileName))")
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-=:,+".utf8.contains(byte)
            }
        }
        return plain
            ? word
            : "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}
