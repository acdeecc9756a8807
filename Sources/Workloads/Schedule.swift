public import Playbooks
public import Records

/// When every message is to be sent, fixed before the first one is.
///
/// The schedule is open loop: it knows nothing of answers, so a service that stalls is still sent
/// what its users would have sent. The rate is split evenly over the producers; each sends at even
/// intervals, one share of the interval after the producer before it, so that together they are
/// even as well: two that met would meet for the whole drill. The seed says where the first one falls.
public struct Schedule: Sendable, Equatable {
    /// The time between two messages of one producer.
    public var interval: Duration
    private var producers: Int
    private var seed: UInt64
    private var poison: Ratio

    /// Plans a workload; a rate of zero, or no producers, plans no message at all.
    public init(workload: Workload, seed: UInt64) {
        producers = workload.rate.perSecond > 0 ? workload.producers : 0
        interval =
            producers > 0
            ? .seconds(Double(producers) / workload.rate.perSecond) : .zero
        self.seed = seed
        poison = workload.poison
    }

    /// The time of a message since the start of the load; nil when none is planned.
    public func offset(of message: MessageIdentifier) -> Nanoseconds? {
        guard (0..<producers).contains(message.producer) else { return nil }
        let place = SeededHash(seed: seed, 1, 0).fraction
        let phase = (Double(message.producer) + place) / Double(producers)
        return Nanoseconds(Int64((phase + Double(message.sequence)) * interval.seconds * 1e9))
    }

    /// Whether consumers always refuse this message, so that its redelivery can be watched.
    public func isPoison(_ message: MessageIdentifier) -> Bool {
        let words = (UInt64(message.producer), UInt64(message.sequence))
        return SeededHash(seed: seed, 2, words.0, words.1).fraction < poison.fraction
    }
}
