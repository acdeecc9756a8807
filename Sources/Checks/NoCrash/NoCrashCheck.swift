public import Playbooks
public import Records

/// Judges whether a process of the target ended that no fault had ended.
///
/// A service that dies of a full disk, and is replaced by its standby within a second, passes every
/// check of its users; the drill still found a crash.
public struct NoCrashCheck: Check {
    public static let declaration = KindDeclaration(
        kind: "no_crash",
        summary: "No process of the target ends unless a fault ends it.")

    private let line: Int

    public init(expectation: Expectation, playbook: Playbook) throws {
        line = expectation.line
    }

    public func judge(_ evidence: JudgedEvidence) -> CheckResult {
        let events = evidence.evidence.events
        let end =
            events.first { event in
                event.kind == .phaseStarted && event.subject == Phase.teardown.rawValue
            }?.time
        let exits = events.filter { event in
            event.kind == .nodeExited && end.map { event.time < $0 } != false
        }
        let crashes = exits.filter { !Self.isExplained($0, by: evidence.faults) }
        let figures = [
            Figure("processes that ended", Double(exits.count), .count),
            Figure("of themselves", Double(crashes.count), .count, limit: 0),
        ]
        guard !crashes.isEmpty else {
            guard events.contains(where: { $0.kind == .nodeStarted }) else {
                return CheckResult(
                    check: Self.declaration.kind, status: .inconclusive,
                    sentence: "No process of the target was seen to start.", line: line)
            }
            return CheckResult(
                check: Self.declaration.kind, status: .held,
                sentence: "No process ended of itself; \(exits.count) ended by a fault.",
                figures: figures, line: line)
        }
        let first = crashes[0]
        let more = crashes.count > 1 ? " (and \(crashes.count - 1) more)" : ""
        return CheckResult(
            check: Self.declaration.kind, status: .broken,
            sentence: "A process of the target ended and no fault had ended it: \(first.message), "
                + "\(Wording.span(Nanoseconds(first.time.nanoseconds).duration)) into the drill\(more).",
            figures: figures, details: crashes.map(\.message), line: line)
    }

    /// Whether a fault that was in then ended this very process.
    private static func isExplained(_ exit: Event, by faults: [FaultRecord]) -> Bool {
        faults.contains { fault in
            fault.endsProcesses && fault.mayHaveEnded(at: exit.time)
                && fault.objects.contains { object in
                    identity(in: exit.message).map { object.contains($0) } == true
                }
        }
    }

    /// The part `pid 4711 started 8123456` of a message.
    private static func identity(in message: String) -> String? {
        let words = message.split(whereSeparator: { " ,:;()".contains($0) })
        guard let index = words.firstIndex(of: "pid"), index + 3 < words.count,
            words[index + 2] == "started"
        else { return nil }
        return "pid \(words[index + 1]) started \(words[index + 3])"
    }
}
