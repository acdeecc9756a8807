import Foundation
import GRDB
import Synchronization

/// Turns rules into the text that stores keep, and remembers the texts it has read.
///
/// Most schedules share their rules with others, and JSON takes longer to read than all the rest.
final class RulesCoder: Sendable {
    private let known = Mutex<[String: ScheduleRules]>([:])

    func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    func rules(_ text: String) throws -> ScheduleRules {
        if let rules = known.withLock({ $0[text] }) { return rules }
        let rules = try value(ScheduleRules.self, text)
        known.withLock { known in
            if known.count > 1000 { known = [:] }
            known[text] = rules
        }
        return rules
    }

    /// The schedule that a row holds.
    func schedule(_ row: Row) throws -> StoredSchedule {
        StoredSchedule(
            schedule: Schedule(
                name: row["name"], rules: try rules(row["rules"]), isPaused: row["paused"],
                file: row["file"]),
            watermark: Moment(nanoseconds: row["watermark"]))
    }
}

extension Occurrence.State {
    /// Reads a state; throws when another version of the program wrote it.
    init(stored word: String) throws {
        guard let state = Self(rawValue: word) else {
            throw ScheduleError(
                attempted: "read the state", object: word, reason: "this version does not know it",
                remedy: "use the version that wrote it, or a newer one")
        }
        self = state
    }
}

extension Occurrence {
    /// The occurrence that a row holds; throws when another version of the program wrote its state.
    init(row: Row) throws {
        self.init(
            identifier: OccurrenceIdentifier(
                schedule: row["schedule"], due: Moment(nanoseconds: row["due"]),
                attempt: row["attempt"]),
            state: try State(stored: row["state"]), isAskedFor: row["asked"], drill: row["drill"],
            exitCode: row["exit_code"], reason: row["reason"], missedBefore: row["missed_before"])
    }
}
