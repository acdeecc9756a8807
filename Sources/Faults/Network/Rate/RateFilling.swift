import Kernel
import Playbooks
import Records

/// Traffic that shows a rate which is one effect among others.
struct RateFilling: Sendable {
    /// How long a rate is looked at whose packets wait beside for it.
    ///
    /// - Parameter delay: how long they wait, at most.
    static func time(delay: Duration) -> Duration { .seconds(3) + delay }

    /// How long the path must be seen at its bound.
    static let enough = Duration.seconds(1)

    /// What the kernel counts of each packet beside its payload, in bytes.
    let headers: Int
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void
    let open: @Sendable () throws -> any RateTraffic

    /// Fills the path until its rate is measured, or cannot be; throws when it cannot be read.
    ///
    /// - Parameter delay: how long packets wait beside for the rate, at most.
    func run(
        _ rate: NetemRate, delay: Duration,
        reading: @Sendable () async throws -> QdiscStatistics?
    ) async throws -> RateTrial {
        var trial = RateTrial(
            rate, delay: delay, enough: Self.enough, headers: headers, now: now)
        let traffic = try open()
        let end = now() + Nanoseconds(Self.time(delay: delay))
        while now() < end, !trial.isOver, !Task.isCancelled {
            guard let statistics = try await reading() else {
                throw FaultError(
                    attempted: "read the qdisc", object: "netem", reason: "somebody has deleted it")
            }
            trial.look(statistics, through: traffic)
            // A sleep that is cut short is noticed by the loop's condition.
            try? await sleep(.milliseconds(10))
        }
        trial.end(traffic)
        return trial
    }
}
