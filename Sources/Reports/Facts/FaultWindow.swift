import Records

/// The time that a fault was in, as charts shade it.
struct FaultWindow: Sendable, Equatable {
    let identifier: String
    let name: String
    /// What was asked for, in few words: `100 ms ± 20 ms`.
    let request: String
    let start: DrillTime
    let end: DrillTime
    /// Whether the end is known; an open window ends with the drill.
    let isClosed: Bool

    /// Makes the window of a fault; nil for one that never went in.
    init?(_ fault: FaultRecord, drillEnd: DrillTime) {
        guard let start = fault.injectedAt else { return nil }
        identifier = fault.identifier
        name = fault.name
        let jitter = fault.requested.first { $0.name == "jitter" }
        request =
            (fault.requested.first?.formatted ?? "") + (jitter.map { " ± \($0.formatted)" } ?? "")
        self.start = start
        let end = fault.revertedAt ?? fault.verifiedAt
        self.end = max(start, end ?? drillEnd)
        isClosed = end != nil
    }
}

/// A phase with the time it took.
struct PhaseWindow: Sendable, Equatable {
    let phase: String
    let start: DrillTime
    let end: DrillTime

    /// The phases that events tell of; one that never ended lasts to the next or to the drill's end.
    static func all(_ events: [Event], drillEnd: DrillTime) -> [PhaseWindow] {
        var windows: [PhaseWindow] = []
        var open: (phase: String, start: DrillTime)?
        func close(at time: DrillTime) {
            guard let current = open else { return }
            windows.append(
                PhaseWindow(
                    phase: current.phase, start: current.start, end: max(current.start, time)))
            open = nil
        }
        for event in events {
            if event.kind == .phaseStarted {
                close(at: event.time)
                open = (event.subject, event.time)
            } else if event.kind == .phaseEnded, event.subject == open?.phase {
                close(at: event.time)
            }
        }
        close(at: drillEnd)
        return windows
    }
}
