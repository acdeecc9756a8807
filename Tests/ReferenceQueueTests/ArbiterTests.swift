import Foundation
import Testing

@testable import ReferenceQueue

@Suite("The arbiter")
struct ArbiterTests {
    private func request(
        _ action: LeaseRequest.Action, _ node: String, epoch: Int64 = 0, eligible: [String] = [],
        incarnation: String = "1", store: String? = nil, at position: CommitPosition = .init()
    ) -> LeaseRequest {
        LeaseRequest(
            action: action, node: node, address: "http://\(node)", incarnation: incarnation,
            epoch: epoch, store: store ?? "disk of \(node)",
            position: position,
            eligible: eligible.map {
                EligibleNode(name: $0, store: "disk of \($0)", position: position)
            }, lease: .nanoseconds(1000))
    }

    @Test("One node holds the lease until it lapses; each grant has a higher epoch")
    func exclusion() {
        var state = ArbiterState(record: .init(), now: 0)
        #expect(state.perform(request(.acquire, "a"), now: 0).granted)
        #expect(
            state.perform(request(.record, "a", epoch: 1, eligible: ["a", "b"]), now: 0).granted)
        #expect(!state.perform(request(.acquire, "b"), now: 999).granted)
        #expect(state.perform(request(.renew, "a", epoch: 1), now: 999).granted)
        #expect(!state.perform(request(.acquire, "b"), now: 1998).granted)
        let taken = state.perform(request(.acquire, "b"), now: 1999)
        #expect(taken.granted && taken.epoch == 2 && taken.eligible.map(\.name) == ["b"])
        #expect(!state.perform(request(.renew, "a", epoch: 1), now: 2000).granted)
        #expect(!state.perform(request(.record, "a", epoch: 1, eligible: ["a"]), now: 2000).granted)
    }

    @Test("Who is not eligible waits for ever")
    func eligibility() {
        var state = ArbiterState(record: .init(), now: 0)
        _ = state.perform(request(.acquire, "a"), now: 0)
        #expect(!state.perform(request(.acquire, "b"), now: 1_000_000).granted)
        #expect(state.perform(request(.acquire, "a", incarnation: "2"), now: 1_000_000).granted)
    }

    @Test("A node with another store, or with less than it had, is not the eligible one")
    func lostStore() {
        var state = ArbiterState(record: .init(), now: 0)
        let ten = CommitPosition(index: 10, epoch: 1)
        _ = state.perform(request(.acquire, "a"), now: 0)
        _ = state.perform(request(.renew, "a", epoch: 1, at: ten), now: 1)
        let wiped = request(.acquire, "a", incarnation: "2", store: "new", at: ten)
        #expect(!state.perform(wiped, now: 5000).granted)
        let nine = CommitPosition(index: 9, epoch: 1)
        let copy = request(.acquire, "a", incarnation: "2", at: nine)
        #expect(!state.perform(copy, now: 5000).granted)
        let whole = request(.acquire, "a", incarnation: "2", at: ten)
        #expect(state.perform(whole, now: 5000).granted)
    }

    @Test("How far the holder has got is remembered without a write, and stored with the next")
    func progress() async throws {
        try await withTemporaryDirectory { directory in
            let clock = TimeSource { Moment(wall: 0, monotonic: 0) }
            let arbiter = try Arbiter(directory: directory, time: clock)
            _ = try await arbiter.perform(request(.acquire, "a"))
            let first = try Data(contentsOf: URL(filePath: "\(directory)/lease.json"))
            let position = CommitPosition(index: 3, epoch: 1)
            _ = try await arbiter.perform(request(.renew, "a", epoch: 1, at: position))
            #expect(await arbiter.status.record.eligible.map(\.position) == [position])
            #expect(try Data(contentsOf: URL(filePath: "\(directory)/lease.json")) == first)
            let both = request(.record, "a", epoch: 1, eligible: ["a", "b"], at: position)
            _ = try await arbiter.perform(both)
            let again = try Arbiter(directory: directory, time: clock)
            #expect(await again.status.record.eligible == both.eligible)
        }
    }

    @Test("A restarted process is not the one that held the lease")
    func incarnation() {
        var state = ArbiterState(record: .init(), now: 0)
        _ = state.perform(request(.acquire, "a"), now: 0)
        #expect(!state.perform(request(.renew, "a", epoch: 1, incarnation: "2"), now: 1).granted)
        #expect(!state.perform(request(.acquire, "a", incarnation: "2"), now: 1).granted)
        #expect(state.perform(request(.acquire, "a"), now: 1).epoch == 2)
    }

    @Test("A lease that is given up is free at once")
    func release() {
        var state = ArbiterState(record: .init(), now: 0)
        _ = state.perform(request(.acquire, "a"), now: 0)
        _ = state.perform(request(.record, "a", epoch: 1, eligible: ["a", "b"]), now: 0)
        #expect(state.perform(request(.release, "a", epoch: 1), now: 1).granted)
        #expect(state.perform(request(.acquire, "b"), now: 2).granted)
    }

    @Test("After a restart the holder has its whole lease again, and epochs go on")
    func restart() async throws {
        try await withTemporaryDirectory { directory in
            let clock = TimeSource { Moment(wall: 0, monotonic: 5000) }
            let view = try await Arbiter(directory: directory, time: clock)
                .perform(request(.acquire, "a"))
            #expect(view.epoch == 1)
            let again = try Arbiter(directory: directory, time: clock)
            #expect(try await !again.perform(request(.acquire, "b")).granted)
            #expect(try await again.perform(request(.renew, "a", epoch: 1)).granted)
            let late = TimeSource { Moment(wall: 0, monotonic: 6000) }
            let third = try Arbiter(directory: directory, time: late)
            #expect(await third.status.record.epoch == 1)
            #expect(await third.status.isHeld)
        }
    }

    @Test("An arbiter that lost its record waits a lease, and takes the node that got furthest")
    func lostRecord() {
        var state = ArbiterState(record: .init(), now: 500)
        let ten = CommitPosition(index: 10, epoch: 7)
        let nine = CommitPosition(index: 9, epoch: 7)
        #expect(!state.perform(request(.acquire, "b", epoch: 7, at: nine), now: 500).granted)
        // The old holder learns that its lease is not known any more.
        #expect(!state.perform(request(.renew, "a", epoch: 8, at: ten), now: 600).granted)
        #expect(!state.perform(request(.acquire, "new"), now: 700).granted)
        #expect(!state.perform(request(.acquire, "a", epoch: 8, at: ten), now: 1499).granted)
        #expect(!state.perform(request(.acquire, "b", epoch: 7, at: nine), now: 1500).granted)
        #expect(!state.perform(request(.acquire, "new"), now: 5000).granted)
        let taken = state.perform(request(.acquire, "a", epoch: 7, at: ten), now: 5000)
        #expect(taken.granted && taken.epoch == 9)
    }

    @Test("An epoch is above every one that a node told of")
    func toldEpoch() {
        var state = ArbiterState(record: .init(), now: 0)
        #expect(state.perform(request(.acquire, "a"), now: 0).epoch == 1)
        #expect(!state.perform(request(.acquire, "b", epoch: 5), now: 1).granted)
        #expect(state.perform(request(.acquire, "a"), now: 2000).epoch == 6)
    }

    @Test("Requests and answers travel as they are")
    func coding() throws {
        let original = request(.record, "a", epoch: 3, eligible: ["a", "b"])
        var whole = original
        whole.lease = .milliseconds(2000)
        #expect(try LeaseRequest(RequestReader(object: whole.document)) == whole)
        let node = EligibleNode(name: "x", store: "f00", position: .init(index: 7, epoch: 3))
        let view = LeaseView(granted: true, epoch: 4, holder: nil, address: nil, eligible: [node])
        #expect(LeaseView(view.document) == view)
    }
}
