import FaultProxy
import NIOCore
import Records
import Synchronization

/// Notes every attempt to enqueue that passes a proxy, with the time at which it began to arrive.
final class WireTap<Scanner: WireScanner & Sendable>: ProxyTap {
    private struct Connection {
        var scanner = Scanner()
        /// When the request that is not yet whole began to arrive.
        var began = DrillTime.zero
    }

    /// The most connections that are watched at a time; further ones are not.
    static var maximumConnections: Int { 16_384 }

    private let node: String
    private let log: WireLog
    private let now: @Sendable () -> DrillTime
    private let connections = Mutex<[UInt64: Connection]>([:])

    init(node: String, log: WireLog, now: @escaping @Sendable () -> DrillTime) {
        self.node = node
        self.log = log
        self.now = now
    }

    func received(_ bytes: ByteBuffer, connection number: UInt64, forwarded: Bool) {
        let time = now()
        let messages: [(message: MessageIdentifier, began: DrillTime)] = connections.withLock {
            connections in
            guard connections[number] != nil || connections.count < Self.maximumConnections else {
                return []
            }
            let wasInMidRequest = connections[number]?.scanner.isInMidRequest ?? false
            let began = wasInMidRequest ? connections[number]?.began ?? time : time
            let found =
                connections[number, default: Connection()]
                .scanner.scan(Array(bytes.readableBytesView))
            // Only the first request of a chunk can have begun in an earlier one.
            connections[number]?.began = found.isEmpty ? began : time
            return found.enumerated().map { ($1, $0 == 0 ? began : time) }
        }
        for (message, began) in messages {
            log.append(
                WireObservation(time: began, node: node, message: message, forwarded: forwarded))
        }
    }

    func closed(connection number: UInt64) {
        connections.withLock { connections in connections[number] = nil }
    }
}
