import Foundation
import Testing

@testable import ReferenceQueue

@Suite("The store")
struct StoreTests {
    private func message(_ count: Int64, body: String = "x") -> Message {
        Message(
            id: MessageIdentifier(epoch: 1, count: count), queue: "jobs", body: body, priority: 2,
            idempotencyKey: "k\(count)", enqueuedAt: 10, availableAt: 20)
    }

    private func commit(_ index: Int64, _ changes: [Change]) -> Commit {
        Commit(position: CommitPosition(index: index, epoch: 1), changes: changes)
    }

    @Test("What was committed is there after the store is opened again")
    func reopen() throws {
        try withTemporaryDirectory { directory in
            do {
                let store = try Store(directory: directory)
                let messages = (1...4).map { message($0) }
                try store.append([commit(1, messages.map { .enqueue($0) })])
                try store.append([
                    commit(
                        2,
                        [
                            .acknowledge(messages[0].id),
                            .retry(messages[1].id, error: "boom", availableAt: 99),
                            .bury(messages[2].id, error: "last"),
                        ])
                ])
                try store.see(epoch: 7)
            }
            let contents = try Store(directory: directory).load()
            #expect(contents.position == CommitPosition(index: 2, epoch: 1))
            #expect(contents.seenEpoch == 7)
            let state = contents.state
            #expect(state.entries.count == 3)
            #expect(state.counters["jobs"]?.acknowledged == 1)
            #expect(state.counters["jobs"]?.dead == 1)
            let retried = state.entries[MessageIdentifier(epoch: 1, count: 2)]?.message
            #expect(retried?.failures == 1 && retried?.availableAt == 99)
            #expect(retried?.lastError == "boom")
            #expect(state.keys.identifier(queue: "jobs", key: "k1") != nil)
        }
    }

    @Test("A store keeps its identity, and one made in its place has another")
    func identity() throws {
        try withTemporaryDirectory { directory in
            let first = try Store(directory: directory).load().identity
            #expect(try Store(directory: directory).load().identity == first)
            try FileManager.default.removeItem(atPath: directory)
            #expect(try Store(directory: directory).load().identity != first)
        }
    }

    @Test("A full store says so and keeps nothing of the commit that failed")
    func full() throws {
        try withTemporaryDirectory { directory in
            let store = try Store(directory: directory, maximumPages: 64)
            try store.append([commit(1, [.enqueue(message(1))])])
            let large = (2...40).map {
                Change.enqueue(message($0, body: String(repeating: "y", count: 16_384)))
            }
            let error = #expect(throws: StoreError.self) {
                try store.append([commit(2, large)])
            }
            #expect(error?.isFull == true)
            let contents = try store.load()
            #expect(contents.state.entries.count == 1)
            #expect(contents.position.index == 1)
            try store.append([commit(2, [.acknowledge(message(1).id)])])
            #expect(try store.load().state.entries.isEmpty)
        }
    }

    @Test("A directory in use is refused")
    func exclusive() throws {
        try withTemporaryDirectory { directory in
            let store = try Store(directory: directory)
            #expect(throws: StoreError.self) { try Store(directory: directory) }
            _ = try store.load()
        }
    }

    @Test("Forgotten keys are gone from the disk as well")
    func forgetting() throws {
        try withTemporaryDirectory { directory in
            let store = try Store(directory: directory)
            try store.append([commit(1, (1...10).map { .enqueue(message($0)) })])
            try store.forgetKeys(before: 0, keeping: 3)
            #expect(try store.load().state.keys.count == 3)
            try store.forgetKeys(before: 11, keeping: 3)
            #expect(try store.load().state.keys.count == 0)
        }
    }
}
