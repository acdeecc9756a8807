import Foundation
import Playbooks

/// A schedule as a person writes it, on a command line or in a file: texts that are yet to be read.
public struct ScheduleText: Sendable {
    public var playbook: String
    /// The playbook's name where it is left out.
    public var name: String?
    public var cron: String?
    public var every: String?
    public var at: String?
    public var timezone = "UTC"
    public var jitter: String?
    public var hours: [String] = []
    public var blackouts: [String] = []
    public var deadline: String?
    public var settings: [String: String] = [:]

    public init(playbook: String) { self.playbook = playbook }

    /// A text that cannot be read.
    public struct Mistake: Error, CustomStringConvertible {
        /// The key whose text it is, as files write it: `cron`, `hours`.
        public var key: String
        public var description: String
    }

    /// Every text that cannot be read, in the order of the keys.
    public struct Mistakes: Error, CustomStringConvertible {
        public var all: [Mistake]
        public var description: String { all.map(\.description).joined(separator: "\n") }
    }

    /// The schedule that is meant; throws ``Mistake`` for the first text that cannot be read.
    ///
    /// - Parameters:
    ///   - now: what `every` counts from.
    ///   - target: says what a playbook with these settings disturbs.
    public func schedule(
        now: Moment, target: (_ path: String, _ settings: [String: String]) throws -> String
    ) throws -> Schedule {
        do {
            return try review(now: now, target: target)
        } catch {
            throw error.all.first ?? error
        }
    }

    /// The schedule that is meant; throws all texts that cannot be read together.
    public func review(
        now: Moment, target: (_ path: String, _ settings: [String: String]) throws -> String
    ) throws(Mistakes) -> Schedule {
        var mistakes: [Mistake] = []
        func reading<Value>(_ key: String, _ read: () throws -> Value) -> Value? {
            do {
                return try read()
            } catch {
                mistakes.append(Mistake(key: key, description: "\(error)"))
                return nil
            }
        }
        let path = URL(filePath: playbook).path
        let name = name ?? PlaybookDecoder.name(ofFileAt: path)
        _ = reading("name") { try Schedule.check(name: name) }
        let zone = reading("timezone") { try Zone(timezone) }
        let key = cron != nil ? "cron" : every != nil ? "every" : "at"
        let trigger = reading(key) { try self.trigger(now: now, zone ?? .utc) }
        let target = reading("playbook") { try target(path, settings) }
        let jitter = reading("jitter") { try Self.duration(self.jitter, "jitter") } ?? nil
        let deadline = reading("deadline") { try Self.duration(self.deadline, "deadline") } ?? nil
        let blackouts = reading("blackout") { try self.blackouts.map { try DateSpan($0) } }
        let hours = reading("hours") { try Self.hours(self.hours) }
        guard mistakes.isEmpty, let zone, let trigger, let target else {
            throw Mistakes(all: mistakes)
        }
        var rules = ScheduleRules(playbook: path, target: target, trigger: trigger)
        rules.settings = settings
        rules.zone = zone
        rules.jitter = jitter ?? .zero
        rules.deadline = deadline
        rules.blackouts = blackouts ?? []
        rules.hours = hours ?? []
        return Schedule(name: name, rules: rules)
    }

    private static func hours(_ texts: [String]) throws -> [DrillHours] {
        try texts.map { text in
            guard let hours = DrillHours(text) else {
                throw ScheduleError(
                    attempted: "read the hours", object: String(text.prefix(80)),
                    reason: "they are no span of hours", remedy: "write 'MON-FRI 09:00-17:00'")
            }
            return hours
        }
    }

    private func trigger(now: Moment, _ zone: Zone) throws -> Trigger {
        if let cron { return .cron(try CronExpression(cron)) }
        if let at { return .at(try Moment(iso8601: at, in: zone)) }
        guard let every else {
            throw ScheduleError(
                attempted: "schedule", object: playbook, reason: "nothing says when",
                remedy: "give one of cron, every and at")
        }
        let interval = try Self.duration(every, "interval") ?? .zero
        guard interval >= Trigger.shortestInterval else {
            throw ScheduleError(
                attempted: "read the interval", object: every, reason: "it is shorter than 1 s")
        }
        return .every(interval, anchor: now)
    }

    private static func duration(_ text: String?, _ title: String) throws -> Duration? {
        guard let text else { return nil }
        do {
            return try Quantity.duration(text)
        } catch {
            throw ScheduleError(
                attempted: "read the \(title)", object: String(text.prefix(80)),
                reason: "it \(error)")
        }
    }
}
