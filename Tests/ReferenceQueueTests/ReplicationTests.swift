import NIOCore
import Testing

@testable import ReferenceQueue

@Suite("Commits on their way")
struct ReplicationTests {
    private func message(_ count: Int64) -> Message {
        Message(
            id: MessageIdentifier(epoch: 2, count: count), queue: "jobs", body: "body é \(count)",
            priority: -3, maximumAttempts: 7, callbackURL: "http://x/", idempotencyKey: "k\(count)",
            enqueuedAt: 1, availableAt: 2, failures: 3, lastError: "boom", isDead: true)
    }

    private func commit(_ index: Int64, epoch: Int64 = 1) -> Commit {
        Commit(
            position: CommitPosition(index: index, epoch: epoch),
            changes: [.enqueue(message(index))])
    }

    private func request(_ content: ReplicationRequest.Content) -> ReplicationRequest {
        ReplicationRequest(
            epoch: 4, primary: "a", address: "http://a",
            position: CommitPosition(index: 9, epoch: 4), content: content)
    }

    private var contents: [ReplicationRequest.Content] {
        let id = MessageIdentifier(rawValue: 5)
        let changes: [Change] = [
            .enqueue(message(1)), .acknowledge(id), .retry(id, error: "e", availableAt: 3),
            .bury(id, error: ""), .redrive(id, availableAt: 4),
        ]
        let position = CommitPosition(index: 1, epoch: 1)
        let part = SnapshotPart(
            messages: [message(1), message(2)],
            keys: [.init(queue: "q", key: "k", id: id, enqueuedAt: 8)],
            acknowledged: ["q": 3], completes: position)
        return [
            .hello, .commits(previous: position, [Commit(position: position, changes: changes)]),
            .beginSnapshot, .snapshot(part), .snapshot(SnapshotPart()),
        ]
    }

    @Test("Every request arrives as it was sent")
    func roundTrip() throws {
        for content in contents {
            var buffer = request(content).buffer
            #expect(try ReplicationRequest(&buffer) == request(content))
        }
    }

    @Test("A request that is cut short or has something after it is refused")
    func cutShort() {
        for content in contents {
            let whole = request(content).buffer
            for length in 0..<whole.readableBytes {
                var part = whole.getSlice(at: 0, length: length) ?? ByteBuffer()
                #expect(throws: WireError.self) { try ReplicationRequest(&part) }
            }
            var long = whole
            long.writeInteger(UInt8(0))
            #expect(throws: WireError.self) { try ReplicationRequest(&long) }
        }
    }

    @Test("History gives what follows a position, and nothing for one it does not have")
    func history() {
        var history = CommitHistory(after: CommitPosition(index: 4, epoch: 1))
        for index in Int64(5)...9 { history.append(commit(index), time: index) }
        history.append(commit(10, epoch: 2), time: 10)
        func indices(_ position: CommitPosition, before time: Int64 = .max) -> [Int64]? {
            history.commits(after: position, before: time)?.map(\.position.index)
        }
        #expect(indices(CommitPosition(index: 4, epoch: 1)) == [5, 6, 7, 8, 9, 10])
        #expect(indices(CommitPosition(index: 8, epoch: 1)) == [9, 10])
        #expect(indices(CommitPosition(index: 8, epoch: 1), before: 9) == [9])
        #expect(indices(CommitPosition(index: 10, epoch: 2)) == [])
        #expect(indices(CommitPosition(index: 10, epoch: 1)) == nil)
        #expect(indices(CommitPosition(index: 3, epoch: 1)) == nil)
        #expect(indices(CommitPosition(index: 11, epoch: 2)) == nil)
        #expect(indices(Store.incomplete) == nil)
        #expect(
            history.position(before: CommitPosition(index: 5, epoch: 1))
                == CommitPosition(index: 4, epoch: 1))
        #expect(
            history.position(before: CommitPosition(index: 10, epoch: 2))
                == CommitPosition(index: 9, epoch: 1))
    }

    @Test("History forgets its oldest commits, not its newest")
    func bounded() {
        var history = CommitHistory(after: CommitPosition(), limit: 2000)
        for index in Int64(1)...5000 { history.append(commit(index), time: index) }
        #expect(history.commits(after: CommitPosition()) == nil)
        #expect(history.commits(after: history.base)?.last?.position.index == 5000)
        #expect(history.base.index > 4900)
    }

    @Test("A snapshot in parts is the state it was cut from")
    func snapshot() {
        var state = QueueState()
        for count in Int64(1)...5000 {
            var message = message(count)
            message.isDead = count.isMultiple(of: 2)
            state.apply(.enqueue(message), now: Moment(wall: 0, monotonic: 0))
        }
        let parts = SnapshotPart.parts(of: state, at: CommitPosition(index: 3, epoch: 3))
        var copy = QueueState()
        for part in parts { copy.add(part) }
        #expect(parts.count > 2)
        #expect(parts.dropLast().allSatisfy { $0.completes == nil })
        #expect(parts.last?.completes == CommitPosition(index: 3, epoch: 3))
        let ids = state.entries.sortedIdentifiers
        #expect(copy.entries.sortedIdentifiers == ids)
        #expect(ids.allSatisfy { copy.entries[$0]?.message == state.entries[$0]?.message })
        #expect(copy.counters == state.counters)
        #expect(copy.keys.count == 5000)
    }
}
