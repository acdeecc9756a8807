import NIOCore
import Records
import Testing

@testable import Systems

@Suite("Connection pool decisions")
struct PoolStateTests {
    private final class Connection {}

    private final class Waiter: PoolWaiter {
        var isFinished = false
    }

    private typealias State = PoolState<Connection, Waiter>

    private static func state() -> State {
        State(maximumConnections: 2, maximumWaiting: 2, maximumIdle: .seconds(1))
    }

    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func word(_ placement: State.Placement) -> String {
        switch placement {
        case .use: "use"
        case .connect: "connect"
        case .wait: "wait"
        case .refuse: "refuse"
        }
    }

    @Test("connections are opened up to the bound, then requests wait, then they are refused")
    func bounds() {
        var state = Self.state()
        let words = (0..<5).map { _ in
            Self.word(state.submit(Waiter(), now: Self.start).placement)
        }
        #expect(words == ["connect", "connect", "wait", "wait", "refuse"])
        #expect(state.open == 2)
    }

    @Test("a waiter that has given up leaves its place to the next")
    func finishedWaitersMakeRoom() {
        var state = Self.state()
        let waiters = (0..<4).map { _ in Waiter() }
        for waiter in waiters { _ = state.submit(waiter, now: Self.start) }
        waiters[2].isFinished = true
        #expect(Self.word(state.submit(Waiter(), now: Self.start).placement) == "wait")
        #expect(state.release(Connection(), now: Self.start) === waiters[3])
    }

    @Test("a free connection goes to the oldest live waiter, else it idles")
    func releases() {
        var state = Self.state()
        let waiters = (0..<4).map { _ in Waiter() }
        for waiter in waiters { _ = state.submit(waiter, now: Self.start) }
        let connection = Connection()
        #expect(state.release(connection, now: Self.start) === waiters[2])
        #expect(state.release(connection, now: Self.start) === waiters[3])
        #expect(state.release(connection, now: Self.start) == nil)
        #expect(state.idleCount == 1)
    }

    @Test("the newest idle connection is used; those that idled too long are let go")
    func prefersNewest() {
        var state = Self.state()
        _ = state.submit(Waiter(), now: Self.start)
        _ = state.submit(Waiter(), now: Self.start)
        let (old, new) = (Connection(), Connection())
        #expect(state.release(old, now: Self.start) == nil)
        #expect(state.release(new, now: Self.start + .milliseconds(600)) == nil)
        guard case .use(let used) = state.submit(Waiter(), now: Self.start + .seconds(1)).placement
        else {
            Issue.record("an idle connection was not used")
            return
        }
        #expect(used === new)
        let later = state.submit(Waiter(), now: Self.start + .seconds(5))
        #expect(later.stale.count == 1)
        #expect(later.stale.first === old)
    }

    @Test("a connection that closes makes room for the next waiter")
    func closes() {
        var state = Self.state()
        let waiters = (0..<3).map { _ in Waiter() }
        for waiter in waiters { _ = state.submit(waiter, now: Self.start) }
        #expect(state.closed(nil) === waiters[2])
        #expect(state.open == 2)
        #expect(state.closed(Connection()) == nil)
        #expect(state.open == 1)
    }

    @Test("no connection is lost or invented in any order of events", arguments: 0..<50)
    func conserves(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var state = Self.state()
        var busy: [Connection] = []
        var connecting = 0
        var now = Self.start
        for _ in 0..<400 {
            now = now + .milliseconds(Int64.random(in: 0...700, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let (placement, _) = state.submit(Waiter(), now: now)
                if case .use(let connection) = placement { busy.append(connection) }
                if case .connect = placement { connecting += 1 }
            case 1 where connecting > 0:
                connecting -= 1
                if Bool.random(using: &generator) {
                    busy.append(Connection())
                } else if state.closed(nil) != nil {
                    connecting += 1
                }
            case 2 where !busy.isEmpty:
                let connection = busy.removeFirst()
                if state.release(connection, now: now) != nil { busy.append(connection) }
            case 3 where !busy.isEmpty:
                if state.closed(busy.removeFirst()) != nil { connecting += 1 }
            default: break
            }
            #expect(state.open == busy.count + connecting + state.idleCount)
            #expect(state.open <= 2 && state.waitingCount <= 2)
        }
    }
}
