import Testing

@testable import ReferenceQueue

@Suite("The arbiter")
struct ArbiterTests {
    private func request(
        _ action: LeaseRequest.Action, _ node: String, epoch: Int64 = 0, eligible: [String] = [],
        incarnation: String = "1"
    ) -> LeaseRequest {
        LeaseRequest(
            action: action, node: node, address: "http://\(node)", incarnation: incarnation,
            epoch: epoch, eligible: eligible, lease: .nanoseconds(1000))
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
        #expect(taken.granted && taken.epoch == 2 && taken.eligible == ["b"])
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
                .perform(request(.acquire, "a", epoch: 7))
            #expect(view.epoch == 8)
            let again = try Arbiter(directory: directory, time: clock)
            #expect(try await !again.perform(request(.acquire, "b")).granted)
            #expect(try await again.perform(request(.renew, "a", epoch: 8)).granted)
            let late = TimeSource { Moment(wall: 0, monotonic: 6000) }
            let third = try Arbiter(directory: directory, time: late)
            #expect(await third.status.record.epoch == 8)
            #expect(await third.status.isHeld)
        }
    }

    @Test("Requests and answers travel as they are")
    func coding() throws {
        let original = request(.record, "a", epoch: 3, eligible: ["a", "b"])
        var whole = original
        whole.lease = .milliseconds(2000)
        #expect(try LeaseRequest(RequestReader(object: whole.document)) == whole)
        let view = LeaseView(granted: true, epoch: 4, holder: nil, address: nil, eligible: ["x"])
        #expect(LeaseView(view.document) == view)
    }
}
