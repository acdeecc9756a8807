import Drills
import Records

/// No progress at all; only the verdict.
final class QuietProgress: DrillObserver {
    private let hasColor: Bool

    init(hasColor: Bool) {
        self.hasColor = hasColor
    }

    func drillStarted(_ header: DrillHeader, directory: String) {}
    func drillRecorded(_ event: Event) {}
    func drillProgressed(_ progress: DrillProgress) {}

    func drillEnded(_ verdict: Verdict) {
        for line in VerdictText(hasColor: hasColor).lines(verdict) { Console.line(line) }
    }
}
