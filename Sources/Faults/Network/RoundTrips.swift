import Playbooks
import Records
import Synchronization
import Systems

/// Round trips over the links that a delay is put on: the witness of its effect.
///
/// Each link is asked one request at a time, so that the samples are of single trips and not of
/// the queue that they form.
struct RoundTrips: Sendable {
    let testbed: any Testbed
    let links: [TestbedLink]
    /// The longest that one trip may take.
    let deadline: Duration
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void

    /// Asks every link until `isEnough`, at most for `bound`, once every `period`.
    ///
    /// Returns the times of each link's trips; early when the task is cancelled.
    func measure(
        atMost bound: Duration, every period: Duration,
        isEnough: @escaping @Sendable (Int) -> Bool
    ) async -> [[Duration]] {
        await withTaskGroup(of: (Int, [Duration]).self) { group in
            for (index, link) in links.enumerated() {
                group.addTask {
                    (index, await measure(link, bound, period, isEnough))
                }
            }
            var times = [[Duration]](repeating: [], count: links.count)
            for await (index, samples) in group { times[index] = samples }
            return times
        }
    }

    private func measure(
        _ link: TestbedLink, _ bound: Duration, _ period: Duration,
        _ isEnough: @Sendable (Int) -> Bool
    ) async -> [Duration] {
        var times: [Duration] = []
        let end = now() + Nanoseconds(bound)
        while !Task.isCancelled, now() < end, !isEnough(times.count) {
            let next = now() + Nanoseconds(period)
            // A trip that is not over at the end of the time would measure the undo instead.
            let limit = min(deadline, (end - now()).duration)
            if let time = await testbed.roundTrip(over: link, deadline: limit) {
                times.append(time)
            }
            let pause = next - now()
            // A sleep that is cut short is noticed by the loop's condition.
            if pause.count > 0 { try? await sleep(pause.duration) }
        }
        return times
    }
}
