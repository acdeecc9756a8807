import NIOCore

/// Something that waits for a connection and may stop to want one.
protocol PoolWaiter: AnyObject {
    var isFinished: Bool { get }
}

/// Who has which connection, and who waits: decisions only, no I/O and no clock.
///
/// The newest idle connection is used first, so that the others age and can be let go. A connection
/// that was idle for longer than ``maximumIdle`` is not used again: its server may be about to close
/// it, and a request that meets the close has an unknown fate.
struct PoolState<Connection: AnyObject, Waiter: PoolWaiter> {
    /// What to do with a new waiter.
    enum Placement {
        case use(Connection)
        /// Open a connection for it; the slot is taken already.
        case connect
        case wait
        case refuse
    }

    let maximumConnections: Int
    let maximumWaiting: Int
    let maximumIdle: TimeAmount
    /// Connections that are being opened, busy or idle.
    private(set) var open = 0
    private var idle: [(connection: Connection, since: NIODeadline)] = []
    private var waiting = CircularBuffer<Waiter>()

    init(maximumConnections: Int, maximumWaiting: Int, maximumIdle: TimeAmount) {
        precondition(maximumConnections > 0 && maximumWaiting >= 0)
        self.maximumConnections = maximumConnections
        self.maximumWaiting = maximumWaiting
        self.maximumIdle = maximumIdle
    }

    var idleCount: Int { idle.count }
    var waitingCount: Int { waiting.count }

    /// Finds a place for `waiter`; the caller closes the connections in `stale`.
    mutating func submit(_ waiter: Waiter, now: NIODeadline)
        -> (placement: Placement, stale: [Connection])
    {
        var stale: [Connection] = []
        if let newest = idle.last {
            if now - newest.since <= maximumIdle {
                idle.removeLast()
                return (.use(newest.connection), stale)
            }
            stale = idle.map(\.connection)
        }
        if open < maximumConnections {
            open += 1
            return (.connect, stale)
        }
        if waiting.count >= maximumWaiting { waiting.removeAll(where: \.isFinished) }
        guard waiting.count < maximumWaiting else { return (.refuse, stale) }
        waiting.append(waiter)
        return (.wait, stale)
    }

    /// Takes back a connection that is free; the waiter that shall have it next, if any.
    mutating func release(_ connection: Connection, now: NIODeadline) -> Waiter? {
        if let next = nextWaiter() { return next }
        idle.append((connection, now))
        return nil
    }

    /// Notes that a connection is gone, or was never opened (nil); the waiter for which another
    /// shall be opened in its place, if any.
    mutating func closed(_ connection: Connection?) -> Waiter? {
        if let connection { idle.removeAll { $0.connection === connection } }
        open -= 1
        guard let next = nextWaiter() else { return nil }
        open += 1
        return next
    }

    /// Gives up every waiter.
    mutating func removeWaiters() -> [Waiter] {
        defer { waiting.removeAll() }
        return Array(waiting)
    }

    private mutating func nextWaiter() -> Waiter? {
        while let waiter = waiting.popFirst() {
            if !waiter.isFinished { return waiter }
        }
        return nil
    }
}
