import Kernel
import Playbooks
import Records

/// Fills a bounded path until enough is measured of how fast it is, and then only watches.
struct RateTrial: Sendable {
    /// How long it may take to send at once, for the drill to hear that it shall end.
    static let longestBurst = Duration.milliseconds(20)
    /// How long a path is filled that never meets its bound, before it is left alone.
    static let longestTry = Duration.seconds(3)

    private let rate: NetemRate
    /// Bytes that may wait although the path is not at its bound: those that are delayed.
    private let held: UInt32
    private let delay: Duration
    private let enough: Int64
    /// The payload of the packets that fill it, small beside what the rate carries in a second.
    private let size: Int
    private let headers: Int
    private let now: @Sendable () -> DrillTime

    private var account = RateAccount()
    private var sent: UInt64 = 0
    /// How long the path was filled, in nanoseconds.
    private var filled: Int64 = 0
    /// The bytes that this took.
    private var filledBytes: UInt64 = 0
    /// The last look, when the path was filled at it.
    private var filledAt: DrillTime?
    private var firstFilledAt: DrillTime?
    private var besideSent = 0
    private var besideArrived = 0

    /// - Parameters:
    ///   - delay: how long packets wait beside for the rate, at most.
    ///   - enough: how long the path must be seen at its bound.
    ///   - headers: what the kernel counts of each packet beside its payload, in bytes.
    init(
        _ rate: NetemRate, delay: Duration = .zero, enough: Duration, headers: Int,
        now: @escaping @Sendable () -> DrillTime
    ) {
        self.rate = rate
        held = UInt32(clamping: Int64(Double(rate.bytesPerSecond) * delay.seconds))
        self.delay = delay
        self.enough = Int64(enough.nanoseconds)
        size = max(100, min(1400, Int(clamping: rate.bytesPerSecond / 500)))
        self.headers = headers
        self.now = now
    }

    /// Takes the counters down, and sends what it takes to keep the path at its bound.
    mutating func look(_ statistics: QdiscStatistics, through traffic: any RateTraffic) {
        let time = now()
        let queued = statistics.queuedBytes - min(statistics.queuedBytes, held)
        // Nothing leaves before the first packets have waited for their delay.
        if let firstFilledAt, (time - firstFilledAt).duration >= delay {
            account.note(
                RateAccount.Look(
                    time: time, bytes: statistics.bytes, queuedBytes: queued,
                    packets: statistics.packets))
        }
        firstFilledAt = firstFilledAt ?? time
        if let filledAt { filled += (time - filledAt).count }
        filledAt = nil
        besideArrived += traffic.takeArrivals()
        guard account.saturated < enough, !hasGivenUp else { return }
        filledAt = time
        sent += 1
        if traffic.sendBeside(number: sent, bytes: size) { besideSent += 1 }
        // Enough for a tenth of a second, so that a late wake-up does not find it empty.
        let wanted = rate.bytesPerSecond / 10
        guard wanted > queued else { return }
        fill(Int(clamping: wanted) - Int(queued), through: traffic, from: time)
    }

    private mutating func fill(_ missing: Int, through traffic: any RateTraffic, from: DrillTime) {
        let end = from + Nanoseconds(Self.longestBurst)
        for number in 1...max(1, min(20_000, missing / (size + headers))) {
            sent += 1
            filledBytes += UInt64(size + headers)
            traffic.fill(number: sent, bytes: size)
            if number.isMultiple(of: 16), Task.isCancelled || now() >= end { break }
        }
    }

    /// Takes down what has arrived since the last look.
    mutating func end(_ traffic: any RateTraffic) { besideArrived += traffic.takeArrivals() }

    /// Whether the path takes more than the drill can send, or less than the rate.
    private var hasGivenUp: Bool {
        let longest = (Self.longestTry + delay).nanoseconds
        return filled >= (account.saturated == 0 ? longest : 3 * longest)
    }

    /// Whether enough is measured, or cannot be.
    var isOver: Bool { account.saturated >= enough || hasGivenUp }

    /// What was measured of the rate, and that a flow no fault is aimed at lost nothing.
    func proof(over path: String) -> EffectProof {
        var proof = account.proof(asked: rate, link: path, packet: size + headers)
        if proof.injection == .unproven, hasGivenUp {
            let speed = Double(filledBytes) / (Double(filled) / 1e9)
            proof.sentence +=
                "; the drill sent \(Int(speed.rounded())) bytes a second for "
                + "\(DurationText(nanoseconds: Double(filled))) and did not reach it, then left the "
                + "path alone: it takes a lower rate, or a workload that needs more"
        }
        proof.achieved.append(leftAlone)
        if besideSent > 0, !leftAlone.confirmed {
            proof.injection = .mismatch
            proof.sentence += "; a flow beside it lost \(besideSent - besideArrived) packets"
        }
        return proof
    }

    private var leftAlone: FaultRecord.Achievement {
        FaultRecord.Achievement(
            name: "packets lost on a flow beside it", requested: Figure("lost", 0, .count),
            during: Figure("lost", Double(besideSent - besideArrived), .count),
            samples: besideSent, confirmed: besideSent > 0 && besideArrived == besideSent)
    }
}
