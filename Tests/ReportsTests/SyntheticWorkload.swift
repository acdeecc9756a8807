import Playbooks
import Records

/// A seeded generator of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension DrillTime {
    init(_ seconds: Double) {
        self.init(nanoseconds: Int64(seconds * 1e9))
    }
}

/// The operations of a drill whose link is slow from 21 to 31 s and whose primary dies at 36 s.
struct SyntheticWorkload {
    let rate: Double
    let seconds: ClosedRange<Double>
    let policy = RetryPolicy()
    /// When enqueues find no primary.
    let outage: ClosedRange<Double> = 36...37.85
    /// Every how many messages that were acknowledged just before the outage one is lost; 0 for none.
    let lossEvery: Int
    private(set) var operations: [Records.Operation] = []
    private(set) var lost: [LedgerSummary.LostMessage] = []
    private var random = SeededGenerator(state: 42)

    init(rate: Double = 400, seconds: ClosedRange<Double> = 1.2...63, lossEvery: Int = 0) {
        self.rate = rate
        self.seconds = seconds
        self.lossEvery = lossEvery
        let count = Int((seconds.upperBound - seconds.lowerBound) * rate)
        operations.reserveCapacity(count * 2)
        for number in 0..<count {
            enqueue(number, at: seconds.lowerBound + Double(number) / rate)
        }
    }

    private mutating func enqueue(_ number: Int, at intended: Double) {
        let message = MessageIdentifier(producer: number % 4, sequence: number / 4)
        var attempts: [Attempt] = []
        var time = intended
        var outcome = Records.Operation.Outcome.indeterminate
        var node = ""
        for attempt in 0..<policy.attempts {
            let isDown = outage.contains(time)
            let end = time + (isDown ? 0.0004 : latency(at: time))
            node = time < outage.lowerBound ? "a" : "b"
            outcome = isDown ? .failed : .ok
            attempts.append(
                Attempt(
                    node: isDown ? "a" : node, started: DrillTime(time), ended: DrillTime(end),
                    outcome: outcome, answer: isDown ? "connection refused" : "201"))
            time = end
            guard isDown, attempt + 1 < policy.attempts else { break }
            let envelope = policy.envelope(beforeRetry: attempt).seconds
            time += Double.random(in: 0...envelope, using: &random)
        }
        operations.append(
            Records.Operation(
                kind: .enqueue, client: "p\(number % 4)", message: message,
                intended: DrillTime(intended), ended: attempts[attempts.count - 1].ended,
                outcome: outcome, node: node, attempts: attempts))
        guard outcome == .ok else { return }
        let acknowledged = attempts[attempts.count - 1].ended
        if lossEvery > 0, acknowledged.seconds > 35, acknowledged.seconds < 36,
            number % lossEvery == 0
        {
            lost.append(.init(message: message, acknowledgedAt: acknowledged, node: "a"))
            return
        }
        deliver(message, after: acknowledged, number: number)
    }

    private mutating func deliver(
        _ message: MessageIdentifier, after time: DrillTime, number: Int
    ) {
        let wait = Double.random(in: 0.0005...0.006, using: &random)
        let ended = max(time.seconds + wait, outage.contains(time.seconds + wait) ? 37.9 : 0)
        operations.append(
            Records.Operation(
                kind: .reserve, client: "c\(number % 4)", message: message, intended: time,
                ended: DrillTime(ended), outcome: .ok, node: time.seconds < 36 ? "a" : "b",
                intact: true, delivery: 1))
    }

    private mutating func latency(at time: Double) -> Double {
        let spread = Double.random(in: 0...1, using: &random)
        let quick = 0.0016 + 0.0012 * spread + (spread > 0.985 ? 0.009 : 0)
        switch time {
        case 21.2...31.2: return quick + 0.1 + Double.random(in: -0.02...0.02, using: &random)
        case 37.85...39.5: return quick + 0.02 * spread
        case 48...58: return quick * 1.6
        default: return quick
        }
    }
}
