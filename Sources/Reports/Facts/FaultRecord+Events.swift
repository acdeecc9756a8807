import Records

extension FaultRecord {
    /// What events alone tell of the faults that `known` does not hold, for a drill that crashed.
    static func fromEvents(
        _ events: [Event], plan: Plan?, besides known: [FaultRecord]
    ) -> [FaultRecord] {
        let identifiers = Set(known.map(\.identifier))
        var order: [String] = []
        var records: [String: FaultRecord] = [:]
        for event in events where event.kind.isOfFault && !identifiers.contains(event.subject) {
            if records[event.subject] == nil { order.append(event.subject) }
            var record =
                records[event.subject]
                ?? planned(event.subject, in: plan)
            record.absorb(event)
            records[event.subject] = record
        }
        return order.compactMap { records[$0] }
    }

    /// The record of a fault of which only the plan is known: `f2` is the method's second fault.
    ///
    /// A fault's kind has two parts, as `process.kill`; those of other steps have one.
    private static func planned(_ identifier: String, in plan: Plan?) -> FaultRecord {
        let steps = plan?.steps.filter { $0.kind.contains(".") } ?? []
        let number = Int(identifier.drop { !$0.isNumber }) ?? 0
        let proof = "The drill ended before its effect was judged."
        guard steps.indices.contains(number - 1) else {
            return FaultRecord(identifier: identifier, kind: "unknown", name: "fault", proof: proof)
        }
        let step = steps[number - 1]
        return FaultRecord(
            identifier: identifier, kind: step.kind, name: step.kind, backend: step.backend,
            backendNote: step.backendNote, objects: step.objects, proof: proof)
    }

    private mutating func absorb(_ event: Event) {
        switch event.kind {
        case .faultRecorded: recordedAt = event.time
        case .faultAcknowledged: acknowledgedAt = event.time
        case .faultInjected: injectedAt = event.time
        case .faultProven:
            guard let found = event.proof else { return }
            (injection, proof) = (found.injection, found.sentence)
        case .faultReverting: revertingAt = event.time
        case .faultReverted:
            revertedAt = event.time
            undoneBy = .drill
        case .faultVerified:
            verifiedAt = event.time
            guard let found = event.verification else { return }
            (undo, undoneBy) = (found.undo, found.by)
        default: break
        }
    }

    /// The stations of the fault's life that it reached, in their order.
    var life: [(name: String, time: DrillTime?)] {
        [
            ("Recorded", recordedAt), ("Acknowledged", acknowledgedAt), ("Injected", injectedAt),
            ("Reverting", revertingAt), ("Reverted", revertedAt), ("Verified", verifiedAt),
        ]
    }
}

extension Event.Kind {
    /// Whether the subject is a fault's identifier.
    var isOfFault: Bool {
        switch self {
        case .faultResolved, .faultRecorded, .faultAcknowledged, .faultInjected, .faultProven,
            .faultReverting, .faultReverted, .faultVerified:
            true
        default: false
        }
    }
}
