import Records

/// What one node said of its health beside what it really did.
struct HealthComparison {
    /// One disagreement beyond the bound.
    struct Disagreement: Equatable {
        var node: String
        /// Whether it claimed health that it had not, or the other way round.
        var claimedHealth: Bool
        var start: DrillTime
        /// How long the claim and the truth differed.
        var length: Nanoseconds
        /// The last answer that was wrong.
        var answer: String
    }

    private(set) var disagreements: [Disagreement] = []
    /// How long each outage went on before the node said so.
    private(set) var detections: [Nanoseconds] = []
    /// Outages longer than the bound, and those of them in which the node was asked.
    private(set) var outages = 0
    private(set) var comparedOutages = 0
    /// Samples taken while the node certainly served.
    private(set) var comparedServing = 0
    /// The most changes of mind after one fault, and after which.
    private(set) var mostFlaps = 0
    private(set) var flapped: String?

    private let node: String
    private let samples: [ProbeSample]
    private let within: Nanoseconds

    init(
        node: String, samples: [ProbeSample], path: DataPath, faults: [FaultWindow],
        within: Nanoseconds, horizon: DrillTime
    ) {
        self.node = node
        self.samples = samples.filter { $0.result != .unknown }.sorted { $0.ended < $1.ended }
        self.within = within
        for outage in path.outages(of: node, faults: faults) { compare(outage: outage) }
        let disturbed = TimeRanges(
            faults.map { fault in
                let range = fault.range(until: horizon)
                return range.lowerBound..<(range.upperBound + within)
            })
        for run in path.runs where run.isServing { compare(serving: run, disturbed: disturbed) }
        countFlaps(faults)
    }

    private mutating func compare(outage: DataPath.Run) {
        guard outage.length > within else { return }
        outages += 1
        let due = outage.start + within
        let inside = samples.filter { $0.started >= outage.start && $0.ended <= outage.end }
        let lies = inside.filter { $0.result == .healthy && $0.started >= due }
        guard inside.contains(where: { $0.started >= due }) else { return }
        comparedOutages += 1
        if let first = inside.first(where: { $0.result == .unhealthy }) {
            detections.append(first.ended - outage.start)
        }
        // One late answer is within the period of the probe: it says nothing about the bound.
        if let last = lies.last, lies.count > 1 {
            disagreements.append(
                Disagreement(
                    node: node, claimedHealth: true, start: outage.start,
                    length: last.ended - outage.start, answer: last.answer))
        }
    }

    private mutating func compare(serving run: DataPath.Run, disturbed: TimeRanges) {
        let due = run.start + within
        guard due <= run.end else { return }
        var alarm: (start: DrillTime, last: ProbeSample)?
        for sample in samples
        where sample.started >= due && sample.ended <= run.end
            && !disturbed.contains(sample.started)
        {
            comparedServing += 1
            guard sample.result == .unhealthy else {
                alarm = nil
                continue
            }
            let start = alarm?.start ?? sample.started
            alarm = (start, sample)
            if sample.ended - start > within {
                disagreements.removeAll { !$0.claimedHealth && $0.start == start }
                disagreements.append(
                    Disagreement(
                        node: node, claimedHealth: false, start: start,
                        length: sample.ended - start, answer: sample.answer))
            }
        }
    }

    /// Counts changes of mind between each fault and the next.
    ///
    /// A single odd answer is no change: two in a row are (a probe may time out on a busy host). A
    /// disturbed network is left out, because there the probe itself is disturbed.
    private mutating func countFlaps(_ faults: [FaultWindow]) {
        for (index, fault) in faults.enumerated() where !fault.isNetwork {
            let end =
                faults[(index + 1)...].first { $0.start > fault.start }?.start
                ?? DrillTime(nanoseconds: .max)
            let after = samples.filter { $0.started >= fault.start && $0.ended <= end }
            var state = samples.last { $0.ended < fault.start }?.result ?? after.first?.result
            var flaps = 0
            for (sample, next) in zip(after, after.dropFirst())
            where sample.result != state && next.result == sample.result {
                state = sample.result
                flaps += 1
            }
            if flaps > mostFlaps {
                mostFlaps = flaps
                flapped = fault.title
            }
        }
    }
}
