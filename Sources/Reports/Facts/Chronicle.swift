import Records

/// The events that tell a drill's story, without the ones that only its engine needs.
enum Chronicle {
    static let limit = 80

    struct Entry: Sendable, Equatable {
        let time: DrillTime
        let subject: String
        let message: String
        let tone: Tone
    }

    /// At most ``limit`` entries in the order of time; `omitted` counts the others.
    static func of(_ events: [Event]) -> (entries: [Entry], omitted: Int) {
        let told = events.filter { isTold($0.kind) }.sorted { $0.time < $1.time }
        var kept = told
        if kept.count > limit { kept = kept.filter { $0.kind != .healthChanged } }
        if kept.count > limit { kept = Array(kept.prefix(limit)) }
        let entries = kept.map {
            Entry(time: $0.time, subject: $0.subject, message: $0.message, tone: tone($0))
        }
        return (entries, told.count - entries.count)
    }

    private static func isTold(_ kind: Event.Kind) -> Bool {
        switch kind {
        case .phaseStarted, .faultInjected, .faultProven, .faultReverted, .faultVerified,
            .nodeStarted, .nodeExited, .nodeRestarted, .roleChanged, .healthChanged, .steadyLost,
            .steadyRegained, .abortRequested, .interrupted, .warning, .error:
            true
        case .phaseEnded, .stepStarted, .stepEnded, .faultResolved, .faultRecorded,
            .faultAcknowledged, .faultReverting, .note:
            false
        }
    }

    private static func tone(_ event: Event) -> Tone {
        switch event.kind {
        case .faultVerified: event.verification?.undo.tone ?? .unsure
        case .steadyRegained: .good
        case .nodeExited, .steadyLost, .error: .bad
        case .faultInjected, .warning, .abortRequested, .interrupted: .unsure
        default: .neutral
        }
    }
}
