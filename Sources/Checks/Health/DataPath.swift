import Records

/// Whether a node really served: read from the attempts that were made on it.
struct DataPath {
    /// A time in which every attempt came to the same.
    struct Run: Equatable {
        var isServing: Bool
        var start: DrillTime
        var end: DrillTime
        var attempts: Int

        var length: Nanoseconds { end - start }
    }

    /// The fewest attempts from which a run is concluded.
    static let fewestAttempts = 3

    let runs: [Run]

    /// Reads the runs from attempts; a pause without any attempt longer than `silence` ends a run,
    /// because nobody knows what would have happened in it.
    init(_ attempts: [Attempt], silence: Nanoseconds) {
        var runs: [Run] = []
        for attempt in attempts.sorted(by: { $0.ended < $1.ended }) {
            let isServing = attempt.outcome == .ok
            if var run = runs.last, run.isServing == isServing,
                (attempt.ended - run.end) <= silence
            {
                run.end = attempt.ended
                run.attempts += 1
                runs[runs.count - 1] = run
            } else {
                runs.append(
                    Run(
                        isServing: isServing, start: attempt.ended, end: attempt.ended, attempts: 1)
                )
            }
        }
        self.runs = runs.filter { $0.attempts >= Self.fewestAttempts }
    }

    /// The runs in which nothing succeeded, and the times in which the node's process was not there.
    func outages(of node: String, faults: [FaultWindow]) -> [Run] {
        let kills = faults.filter { $0.isKill && $0.nodes.contains(node) }.compactMap {
            kill -> Run? in
            guard let end = kill.end, end > kill.start else { return nil }
            return Run(isServing: false, start: kill.start, end: end, attempts: 0)
        }
        return (runs.filter { !$0.isServing } + kills).sorted { $0.start < $1.start }
    }
}
