import Synchronization
import Web

/// Schedules in memory, as a service would keep them.
final class FakeSchedules: Sendable {
    let entries = Mutex([
        ScheduleEntry(
            name: "nightly", playbook: "primary-kill", text: "cron 30 2 * * * UTC",
            next: ConsoleFixture.now, isPaused: false),
        ScheduleEntry(
            name: "filed", playbook: "disk-full", text: "every 6 h UTC", next: nil,
            isPaused: true, file: "/schedules/filed.yaml"),
    ])
    let changes = Mutex<[String]>([])
    let order = Mutex<String?>(nil)

    /// The draft that was kept last, with what it replaced.
    let kept = Mutex<(draft: ScheduleDraft, replaced: String?)?>(nil)

    var control: ScheduleControl {
        ScheduleControl(
            list: { [self] in entries.withLock { $0 } },
            keep: { [self] text, name, _, mayRun in
                let playbook = String(decoding: text, as: UTF8.self)
                let isAllowed = mayRun(playbook)
                guard isAllowed else { return ["it may not run"] }
                changes.withLock { $0.append("keep \(name)") }
                return []
            },
            freeze: { [self] in order.withLock { $0 } },
            setFreeze: { [self] until, reason in
                struct Past: Error {}
                if until == "2001-01-01" { throw Past() }
                let text = reason.map { "frozen until \(until ?? "it is lifted"): \($0)" }
                order.withLock { $0 = text }
                return text ?? "thawed"
            },
            change: { [self] name, change in
                guard entries.withLock({ $0.contains { $0.name == name } }) else { return nil }
                changes.withLock { $0.append("\(change.rawValue) \(name)") }
                return "\(name): \(change.rawValue)"
            },
            details: { [self] name, count in
                guard let entry = entries.withLock({ $0.first { $0.name == name } }) else {
                    return nil
                }
                return ScheduleDetails(
                    entry: entry,
                    rules: [
                        .init(name: "playbook", value: entry.playbook),
                        .init(name: "overlap", value: "forbid"),
                    ], next: Self.moments(count),
                    past: [
                        .init(
                            due: ConsoleFixture.now - 86_400_000_000_000, state: "ended",
                            drill: "d-1", exitCode: 1, note: ""),
                        .init(
                            due: ConsoleFixture.now - 2 * 86_400_000_000_000, state: "missed",
                            drill: nil, exitCode: nil, note: "an incident is open"),
                    ])
            },
            draft: { [self] name in
                guard let entry = entries.withLock({ $0.first { $0.name == name } }) else {
                    return nil
                }
                struct Filed: Error {}
                guard entry.file == nil else { throw Filed() }
                var draft = ScheduleDraft()
                draft[.playbook] = "p"
                draft[.name] = name
                draft[.cron] = "30 2 * * *"
                draft[.timezone] = "Europe/Berlin"
                draft[.overlap] = "queue"
                draft[.hours] = "MON-FRI 09:00-17:00\nSAT 10:00-12:00"
                return draft
            },
            review: { [self] draft, order in
                var review = ScheduleReview()
                review.name = order.replaced ?? draft[.name]
                if order.playbook == nil { review.problems[.playbook] = "Choose a playbook." }
                if draft[.cron].contains("61") { review.problems[.cron] = "61 is no <minute>." }
                guard review.problems.isEmpty else { return review }
                review.next = Self.moments(3)
                if order.isKept { kept.withLock { $0 = (draft, order.replaced) } }
                return review
            },
            timeZones: { ["UTC", "Europe/Berlin"] })
    }

    private static func moments(_ count: Int) -> [ScheduledMoment] {
        (0..<count).map { day in
            let at = ConsoleFixture.now + Int64(day) * 86_400_000_000_000
            return ScheduledMoment(at: at, local: "day \(day) Europe/Berlin")
        }
    }
}
