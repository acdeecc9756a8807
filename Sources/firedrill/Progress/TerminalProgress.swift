import Drills
import Playbooks
import Records
import Synchronization

/// Progress for a person at a terminal: lines of what happened, and one line that moves.
final class TerminalProgress: DrillObserver {
    private let hasColor: Bool
    private let isLive: Bool
    private let hasStatus = Mutex(false)

    init(isLive: Bool, hasColor: Bool) {
        self.isLive = isLive
        self.hasColor = hasColor
    }

    func drillStarted(_ header: DrillHeader, directory: String) {
        line("drill \(header.identifier), seed \(header.seed)")
        line("\(header.title)")
    }

    func drillRecorded(_ event: Event) {
        guard let mark = Self.mark(event) else { return }
        let time = Self.seconds(event.time)
        line("\(time)  \(paint(mark.text, mark.color))  \(event.message)")
    }

    func drillProgressed(_ progress: DrillProgress) {
        guard isLive else { return }
        var parts = ["\(Self.seconds(progress.time))  \(progress.phase.rawValue)"]
        parts.append("sent \(progress.attempted) acked \(progress.acknowledged)")
        parts.append("delivered \(progress.delivered)")
        if let rate = progress.rate { parts.append("\(Int(rate.rounded()))/s") }
        if let p99 = progress.p99 { parts.append("p99 \(p99.duration.text)") }
        if let errors = progress.errorRate { parts.append("errors \(Ratio(errors).text)") }
        if !progress.faults.isEmpty {
            parts.append("in: " + progress.faults.joined(separator: ", "))
        }
        let text = String(parts.joined(separator: " | ").prefix(Console.width - 1))
        hasStatus.withLock { hasStatus in
            Console.write("\r\u{1B}[2K\(text)")
            hasStatus = true
        }
    }

    func drillEnded(_ verdict: Verdict) {
        line("")
        for text in VerdictText(hasColor: hasColor).lines(verdict) { line(text) }
    }

    private func line(_ text: String) {
        hasStatus.withLock { hasStatus in
            Console.write((hasStatus ? "\r\u{1B}[2K" : "") + text + "\n")
            hasStatus = false
        }
    }

    private func paint(_ text: String, _ color: Int) -> String {
        hasColor ? "\u{1B}[\(color)m\(text)\u{1B}[0m" : text
    }

    private static func seconds(_ time: DrillTime) -> String {
        let tenths = time.nanoseconds / 100_000_000
        let text = "\(tenths / 10).\(tenths % 10) s"
        return String(repeating: " ", count: max(0, 8 - text.count)) + text
    }

    /// The word in front of an event; nil for what only the evidence needs.
    private static func mark(_ event: Event) -> (text: String, color: Int)? {
        switch event.kind {
        case .phaseStarted: ("phase ", 36)
        case .faultInjected: ("FAULT ", 31)
        case .faultProven: ("proven", 31)
        case .faultVerified:
            event.verification?.undo == .clean ? ("undone", 32) : ("undo? ", 31)
        case .faultReverted, .faultReverting, .faultRecorded, .faultAcknowledged, .faultResolved:
            nil
        case .nodeStarted, .nodeRestarted: ("node  ", 36)
        case .nodeExited: ("node  ", 33)
        case .roleChanged: ("role  ", 35)
        case .healthChanged: ("health", 35)
        case .steadyLost: ("steady", 33)
        case .steadyRegained: ("steady", 32)
        case .abortRequested, .interrupted: ("abort ", 33)
        case .warning: ("warn  ", 33)
        case .error: ("error ", 31)
        case .phaseEnded, .stepStarted, .stepEnded, .note: nil
        }
    }
}
