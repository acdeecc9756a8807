import Foundation
import Testing

@testable import Incidents

@Suite("The outbox")
struct OutboxTests {
    private static let notice = Notice(
        key: "k1", type: "alert.failed", title: "t", sentence: "s", markdown: "m", playbook: "p",
        occurredAt: 1)

    @Test("What was queued is there after a restart, and the same notice is not queued twice")
    func restart() async throws {
        try await Fixture.withDirectory { directory in
            let outbox = try Outbox(directory: directory)
            try outbox.add(Self.notice, to: "a", now: 5)
            try outbox.add(Self.notice, to: "b", now: 6)
            try outbox.add(Self.notice, to: "a", now: 7)
            let again = try Outbox(directory: directory).deliveries()
            #expect(again.map(\.destination) == ["a", "b"])
            #expect(again.map(\.queuedAt) == [5, 6])
        }
    }

    @Test("A delivered notice stays delivered, a refused one is tried anew")
    func settled() async throws {
        try await Fixture.withDirectory { directory in
            let outbox = try Outbox(directory: directory)
            let policy = DeliveryPolicy()
            for (result, state) in [
                (DeliveryResult.delivered, OutboxEntry.State.delivered),
                (.refused(reason: "no"), .waiting),
            ] {
                let delivery = try outbox.add(Self.notice, to: "a", now: 5)
                try outbox.write(policy.settled(delivery, result, now: 6))
                #expect(try outbox.add(Self.notice, to: "a", now: 7).state == state)
                try FileManager.default.removeItem(atPath: "\(directory)/k1.a.json")
            }
        }
    }

    @Test("An archive goes with its last delivery, and what is old is forgotten")
    func pruned() async throws {
        try await Fixture.withDirectory { directory in
            let outbox = try Outbox(directory: directory)
            let delivery = try outbox.add(Self.notice, to: "a", archive: [1], now: 5)
            try outbox.prune(now: 6)
            #expect(try outbox.archive(of: Self.notice) == [1])
            try outbox.write(DeliveryPolicy().settled(delivery, .delivered, now: 7))
            try outbox.prune(now: 8)
            #expect(throws: IncidentError.self) { try outbox.archive(of: Self.notice) }
            #expect(try outbox.deliveries().count == 1)
            try outbox.prune(now: 8 + 31 * 86_400 * 1_000_000_000)
            #expect(try outbox.deliveries().isEmpty)
        }
    }

    @Test("One process delivers at a time")
    func locked() async throws {
        try await Fixture.withDirectory { directory in
            let outbox = try Outbox(directory: directory)
            let first = try outbox.lock()
            #expect(first != nil)
            #expect(try Outbox(directory: directory).lock() == nil)
            withExtendedLifetime(first) {}
        }
    }

    @Test("A torn file is named, and none of the others is lost with it")
    func torn() async throws {
        try await Fixture.withDirectory { directory in
            let outbox = try Outbox(directory: directory)
            try outbox.add(Self.notice, to: "a", now: 5)
            try Data("{".utf8).write(to: URL(filePath: "\(directory)/torn.json"))
            let error = #expect(throws: IncidentError.self) { try outbox.deliveries() }
            #expect("\(error as Any)".contains("torn.json"))
        }
    }
}
