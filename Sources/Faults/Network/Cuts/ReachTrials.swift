import Playbooks
import Records
import Systems

/// How often a link was tried, and how often an answer came.
struct Reach: Sendable, Equatable {
    var tries = 0
    var answers = 0
}

/// Tries links with status requests: the witness of a cut.
struct ReachTrials: Sendable {
    let testbed: any Testbed
    /// How long an answer may take; beyond it the link counts as cut.
    let patience: Duration
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void

    /// Tries each link again and again until `isEnough`, at most for `bound`, once every `period`.
    ///
    /// Returns what came of each link, in the order of `links`; early when the task is cancelled.
    func tryLinks(
        _ links: [TestbedLink], atMost bound: Duration, every period: Duration,
        isEnough: @escaping @Sendable (Reach) -> Bool
    ) async -> [Reach] {
        await withTaskGroup(of: (Int, Reach).self) { group in
            for (index, link) in links.enumerated() {
                group.addTask { (index, await tryLink(link, bound, period, isEnough)) }
            }
            var reaches = [Reach](repeating: Reach(), count: links.count)
            for await (index, reach) in group { reaches[index] = reach }
            return reaches
        }
    }

    private func tryLink(
        _ link: TestbedLink, _ bound: Duration, _ period: Duration,
        _ isEnough: @Sendable (Reach) -> Bool
    ) async -> Reach {
        var reach = Reach()
        let end = now() + Nanoseconds(bound)
        while !Task.isCancelled, !isEnough(reach) {
            let started = now()
            // A try that is not over at the end of the time would witness the undo instead.
            guard (end - started).duration >= patience else { break }
            let answer = await testbed.roundTrip(over: link, deadline: patience)
            // A try that was cut off is none.
            guard answer != nil || !Task.isCancelled else { break }
            reach.tries += 1
            if answer != nil { reach.answers += 1 }
            let pause = started + Nanoseconds(period) - now()
            // A sleep that is cut short is noticed by the loop's condition.
            if pause.count > 0 { try? await sleep(pause.duration) }
        }
        return reach
    }
}
