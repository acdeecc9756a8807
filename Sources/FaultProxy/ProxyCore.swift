import NIOCore
import Records
import Synchronization

/// What all connections of one proxy share.
final class ProxyCore: Sendable {
    /// What a new connection, or one whose toxics changed, has to know.
    struct Orders {
        var upstream = LineEffects()
        var downstream = LineEffects()
        var refuses = false
        var resets = false
    }

    private struct State {
        var upstreamPort: Int
        var toxics: [ActiveToxic] = []
        var lastToxic: UInt64 = 0
        var connections: [UInt64: NIOLoopBound<ProxyConnection>] = [:]
        var isStopped = false
    }

    let tap: (any ProxyTap)?
    let sourceAddress = ProxySockets.nextSourceAddress()
    let counters = ProxyCounters()
    private let seed: UInt64
    private let state: Mutex<State>

    init(upstreamPort: Int, tap: (any ProxyTap)?, seed: UInt64) {
        self.tap = tap
        self.seed = seed
        state = Mutex(State(upstreamPort: upstreamPort))
    }

    var upstreamPort: Int {
        get { state.withLock(\.upstreamPort) }
        set { state.withLock { $0.upstreamPort = newValue } }
    }

    var toxics: [ActiveToxic] { state.withLock(\.toxics) }

    var statistics: ProxyStatistics {
        counters.snapshot(open: state.withLock { $0.connections.count })
    }

    /// The orders as of now.
    var orders: Orders {
        let toxics = self.toxics
        var orders = Orders()
        for active in toxics {
            switch active.toxic {
            case .refuse: orders.refuses = true
            case .reset: orders.resets = true
            case .latency, .bandwidth, .blackhole:
                if active.direction != .downstream { orders.upstream.add(active.toxic) }
                if active.direction != .upstream { orders.downstream.add(active.toxic) }
            }
        }
        return orders
    }

    /// The number of the next connection, from 1.
    func nextNumber() -> UInt64 {
        UInt64(counters.connections.add(1, ordering: .relaxed).newValue)
    }

    /// The seed of one direction of one connection.
    func seed(connection: UInt64, direction: ProxyDirection) -> UInt64 {
        var generator = SeededGenerator(seed: seed, stream: "\(direction.rawValue) \(connection)")
        return generator.next()
    }

    /// Puts a connection on the list; false when the proxy has stopped and it must close.
    func register(_ connection: NIOLoopBound<ProxyConnection>, number: UInt64) -> Bool {
        state.withLock { state in
            guard !state.isStopped else { return false }
            state.connections[number] = connection
            return true
        }
    }

    func unregister(number: UInt64) {
        state.withLock { _ = $0.connections.removeValue(forKey: number) }
        tap?.closed(connection: number)
    }

    func insert(_ toxic: Toxic, direction: ProxyDirection) -> ToxicHandle {
        state.withLock { state in
            state.lastToxic += 1
            let handle = ToxicHandle(number: state.lastToxic)
            state.toxics.append(
                ActiveToxic(handle: handle, toxic: toxic, direction: direction))
            return handle
        }
    }

    func delete(_ handle: ToxicHandle) {
        state.withLock { $0.toxics.removeAll { $0.handle == handle } }
    }

    /// Refuses further connections and hands out those that are open.
    func stop() { state.withLock { $0.isStopped = true } }

    /// Runs `body` on every open connection, each on its own event loop, and sums what it answers.
    func onEveryConnection(
        _ body: @escaping @Sendable (ProxyConnection) -> Int
    ) async -> (connections: Int, sum: Int) {
        let all = Array(state.withLock(\.connections).values)
        var sum = 0
        for group in Dictionary(grouping: all, by: { ObjectIdentifier($0.eventLoop) }).values {
            let answers = group[0].eventLoop.submit { group.reduce(0) { $0 + body($1.value) } }
            // An event loop that has shut down has closed its connections already.
            sum += (try? await answers.get()) ?? 0
        }
        return (all.count, sum)
    }
}

extension LineEffects {
    fileprivate mutating func add(_ toxic: Toxic) {
        switch toxic {
        case .latency(let delay, let jitter):
            latencies.append(
                Latency(
                    delay: max(0, Nanoseconds(delay).count),
                    jitter: max(0, Nanoseconds(jitter).count)))
        case .bandwidth(let rate):
            bytesPerSecond = min(bytesPerSecond ?? .max, max(1, rate))
        case .blackhole:
            isStalled = true
        case .refuse, .reset:
            break
        }
    }
}
