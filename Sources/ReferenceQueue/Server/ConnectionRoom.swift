import NIOCore
import Synchronization

/// The connections that a server serves at once, and whose place a further one takes.
///
/// Connections cost a client nothing to hold: a server that lets the rest wait until one of them
/// ends is taken down by whoever holds enough of them.
final class ConnectionRoom: Sendable {
    /// How many connections are looked at for the one that has waited longest; the look goes on from
    /// there the next time, so that a crowd costs every newcomer the same.
    private static let lookedAt = 64
    /// How long a connection may wait for a request before it has to make room, and one that found no
    /// room has to ask and be told so.
    static let grace = TimeAmount.seconds(1)
    /// Connections beyond the limit that are told so; further ones wait to be accepted.
    static let refusals = 256

    /// A connection's place.
    final class Seat: Sendable {
        fileprivate let channel: any Channel
        /// Since when it waits for a request, in nanoseconds of uptime; 0 while one is under way.
        private let waitingSince: Atomic<UInt64>

        fileprivate init(_ channel: any Channel) {
            self.channel = channel
            waitingSince = Atomic(NIODeadline.now().uptimeNanoseconds)
        }

        /// Tells that a request has come.
        func begin() { waitingSince.store(0, ordering: .relaxed) }

        /// Tells that no answer is owed any more.
        func rest() {
            waitingSince.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
        }

        fileprivate var wait: UInt64? {
            let since = waitingSince.load(ordering: .relaxed)
            return since == 0 ? nil : since
        }
    }

    private struct State {
        var seats: [Seat] = []
        var places: [ObjectIdentifier: Int] = [:]
        var next = 0

        mutating func add(_ seat: Seat) {
            places[ObjectIdentifier(seat)] = seats.count
            seats.append(seat)
        }

        mutating func remove(_ seat: Seat) {
            guard let place = places.removeValue(forKey: ObjectIdentifier(seat)) else { return }
            let last = seats.removeLast()
            guard last !== seat else { return }
            seats[place] = last
            places[ObjectIdentifier(last)] = place
        }

        mutating func longestWaiting(among count: Int) -> Seat? {
            var longest: (seat: Seat, since: UInt64)?
            let latest = (NIODeadline.now() - ConnectionRoom.grace).uptimeNanoseconds
            for _ in 0..<min(count, seats.count) {
                next = (next + 1) % seats.count
                guard let since = seats[next].wait, since <= latest else { continue }
                if longest.map({ since < $0.since }) ?? true { longest = (seats[next], since) }
            }
            return longest?.seat
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// How many connections have a place.
    var count: Int { state.withLock { $0.seats.count } }

    /// Gives a connection a place; nil when all are taken by requests under way.
    ///
    /// The connection that waits longest among those looked at is closed for it.
    func admit(_ channel: any Channel) -> Seat? {
        let seat = Seat(channel)
        let (isAdmitted, displaced) = state.withLock { state -> (Bool, Seat?) in
            guard state.seats.count >= limit else {
                state.add(seat)
                return (true, nil)
            }
            guard let displaced = state.longestWaiting(among: Self.lookedAt) else {
                return (false, nil)
            }
            state.remove(displaced)
            state.add(seat)
            return (true, displaced)
        }
        displaced?.channel.close(promise: nil)
        return isAdmitted ? seat : nil
    }

    /// Takes a connection's place back; one that was displaced has none any more.
    func leave(_ seat: Seat) { state.withLock { $0.remove(seat) } }
}
