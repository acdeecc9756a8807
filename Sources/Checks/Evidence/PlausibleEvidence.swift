import Records

extension JudgedEvidence {
    /// The evidence without entries whose times cannot be, so that no check computes with them.
    ///
    /// Evidence is read from files that may be damaged; a time three years from the drill's start
    /// would otherwise overflow sums or ask for billions of windows.
    var plausible: JudgedEvidence {
        var result = self
        if !evidence.operations.allSatisfy(\.isPlausible) {
            result.evidence.operations.removeAll { !$0.isPlausible }
        }
        if !evidence.samples.allSatisfy(\.isPlausible) {
            result.evidence.samples.removeAll { !$0.isPlausible }
        }
        result.evidence.events.removeAll { !$0.time.isPlausible }
        if !evidence.wire.allSatisfy(\.time.isPlausible) {
            result.evidence.wire.removeAll { !$0.time.isPlausible }
        }
        result.faults = faults.map(\.plausible)
        return result
    }
}

extension DrillTime {
    /// Within three years of the drill's start.
    var isPlausible: Bool { nanoseconds.magnitude < 100_000_000_000_000_000 }
}

extension Operation {
    var isPlausible: Bool {
        intended.isPlausible && ended.isPlausible
            && attempts.allSatisfy { $0.started.isPlausible && $0.ended.isPlausible }
    }
}

extension ProbeSample {
    var isPlausible: Bool { started.isPlausible && ended.isPlausible }
}

extension FaultRecord {
    var plausible: FaultRecord {
        var result = self
        for path in [
            \FaultRecord.recordedAt, \.acknowledgedAt, \.injectedAt, \.revertingAt, \.revertedAt,
            \.verifiedAt,
        ] where result[keyPath: path]?.isPlausible == false {
            result[keyPath: path] = nil
        }
        return result
    }
}
