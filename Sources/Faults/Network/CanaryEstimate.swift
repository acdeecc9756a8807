import Kernel

/// The figures of a path from what a canary saw on it; pure.
struct CanaryEstimate: Sendable, Equatable {
    /// A value with the interval that it lies in, of a given confidence.
    struct Estimate: Sendable, Equatable {
        var value: Double
        var lower: Double
        var upper: Double

        /// Whether a requested value lies within the interval.
        func holds(_ requested: Double) -> Bool { lower <= requested && requested <= upper }
    }

    let sent: Int
    /// Datagrams that arrived, each counted once.
    let arrived: Int
    /// Second and further copies of datagrams.
    let copies: Int
    /// Datagrams that arrived behind one that was sent later.
    let overtaken: Int
    let refused: Int
    /// The one-way delay in nanoseconds: its mean, with the interval of the mean.
    let delay: Estimate?
    /// The smallest and the largest one-way delay, in nanoseconds.
    let delays: ClosedRange<Int64>?
    /// The share of what was sent that never arrived.
    let loss: Estimate
    /// How many datagrams in a row were lost, on average; nil where none was.
    let burst: Estimate?
    /// How many runs of lost datagrams there were.
    let bursts: Int
    /// The share of what arrived that came twice or more.
    let duplication: Estimate
    /// Payload bytes a second between the first arrival and the last; nil for fewer than two.
    let rate: Double?

    /// Judges an observation.
    ///
    /// - Parameter deviations: how wide the intervals are: 1.96 for 95 %, 2.576 for 99 %.
    init(_ observation: CanaryObservation, deviations: Double = 2.576) {
        let departures = observation.departures
        let known = Set(departures.map(\.number))
        let arrivals = observation.arrivals.filter { known.contains($0.number) }
        var seen: Set<UInt64> = []
        var repeated: Set<UInt64> = []
        var firsts: [DatagramFlow.Arrival] = []
        for arrival in arrivals {
            if seen.insert(arrival.number).inserted {
                firsts.append(arrival)
            } else {
                repeated.insert(arrival.number)
            }
        }
        sent = departures.count
        arrived = firsts.count
        copies = arrivals.count - firsts.count
        refused = observation.refused
        overtaken = Self.overtaken(firsts)
        let times = firsts.map { $0.receivedAt - $0.sentAt }
        delay = Self.mean(times.map(Double.init), deviations)
        delays = times.min().flatMap { low in times.max().map { low...$0 } }
        loss = Self.share(sent - arrived, of: sent, deviations)
        duplication = Self.share(repeated.count, of: arrived, deviations)
        let runs = Self.runs(departures.map { !seen.contains($0.number) })
        bursts = runs.count
        burst = Self.mean(runs.map(Double.init), deviations)
        rate = Self.rate(arrivals)
    }

    /// The lengths of the runs of true.
    static func runs(_ flags: [Bool]) -> [Int] {
        flags.split(separator: false).map(\.count)
    }

    private static func overtaken(_ arrivals: [DatagramFlow.Arrival]) -> Int {
        var latest: UInt64 = 0
        var count = 0
        for arrival in arrivals {
            if arrival.number < latest { count += 1 }
            latest = max(latest, arrival.number)
        }
        return count
    }

    /// A mean with the interval of the normal distribution; nil without values.
    ///
    /// One value alone says nothing of its spread: its interval has no bounds.
    static func mean(_ values: [Double], _ deviations: Double) -> Estimate? {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        guard values.count > 1 else {
            return Estimate(value: mean, lower: -.infinity, upper: .infinity)
        }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let half = deviations * (variance / count).squareRoot()
        return Estimate(value: mean, lower: mean - half, upper: mean + half)
    }

    /// A share with its score interval (Wilson, "Probable Inference", JASA 1927).
    ///
    /// It is sound near 0 and 1 and takes each datagram for independent of the others.
    static func share(_ successes: Int, of trials: Int, _ deviations: Double) -> Estimate {
        guard trials > 0 else { return Estimate(value: 0, lower: 0, upper: 1) }
        let count = Double(trials)
        let share = Double(successes) / count
        let square = deviations * deviations
        let scale = 1 + square / count
        let center = (share + square / (2 * count)) / scale
        let spread = (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
        let half = deviations / scale * spread
        return Estimate(
            value: share, lower: max(0, center - half), upper: min(1, center + half))
    }

    /// The first datagram starts the clock, and its own bytes do not count.
    private static func rate(_ arrivals: [DatagramFlow.Arrival]) -> Double? {
        let times = arrivals.map(\.receivedAt)
        guard let start = times.min(), let end = times.max(), end > start,
            let first = arrivals.first(where: { $0.receivedAt == start })
        else { return nil }
        let bytes = arrivals.reduce(0) { $0 + $1.bytes } - first.bytes
        return Double(bytes) / (Double(end - start) / 1e9)
    }
}
