import NIOCore

/// A piece of a node's whole state, on its way to a standby whose history differs.
struct SnapshotPart: Sendable, Equatable {
    var messages: [Message] = []
    var keys: [IdempotencyKeys.Record] = []
    var acknowledged: [String: Int] = [:]
    /// Set on the last part: where in history the snapshot stands.
    var completes: CommitPosition?

    /// Cuts a state into parts of bounded size; the last one completes it.
    static func parts(of state: QueueState, at position: CommitPosition) -> [SnapshotPart] {
        var parts: [SnapshotPart] = []
        var part = SnapshotPart()
        var bytes = 0
        for id in state.entries.sortedIdentifiers {
            guard let message = state.entries[id]?.message else { continue }
            part.messages.append(message)
            bytes += message.body.utf8.count + 128
            if bytes >= 512 << 10 {
                parts.append(part)
                part = SnapshotPart()
                bytes = 0
            }
        }
        for key in state.keys.records {
            part.keys.append(key)
            if part.keys.count >= 4096 {
                parts.append(part)
                part = SnapshotPart()
            }
        }
        part.acknowledged = state.counters.mapValues(\.acknowledged)
        part.completes = position
        return parts + [part]
    }
}

extension ByteBuffer {
    mutating func write(_ part: SnapshotPart) {
        writeInteger(Int32(part.messages.count))
        for message in part.messages { write(message) }
        writeInteger(Int32(part.keys.count))
        for key in part.keys {
            write(key.queue)
            write(key.key)
            writeInteger(key.id.rawValue)
            writeInteger(key.enqueuedAt)
        }
        writeInteger(Int32(part.acknowledged.count))
        for (queue, count) in part.acknowledged {
            write(queue)
            writeInteger(Int64(count))
        }
        writeInteger(UInt8(part.completes == nil ? 0 : 1))
        if let position = part.completes { write(position) }
    }
}

extension SnapshotPart {
    init(_ buffer: inout ByteBuffer) throws(WireError) {
        for _ in 0..<max(0, try buffer.integer(Int32.self)) {
            messages.append(try buffer.message())
        }
        for _ in 0..<max(0, try buffer.integer(Int32.self)) {
            keys.append(
                .init(
                    queue: try buffer.text(), key: try buffer.text(), id: try buffer.identifier(),
                    enqueuedAt: try buffer.integer()))
        }
        for _ in 0..<max(0, try buffer.integer(Int32.self)) {
            acknowledged[try buffer.text()] = Int(try buffer.integer(Int64.self))
        }
        if try buffer.integer(UInt8.self) != 0 { completes = try buffer.commitPosition() }
    }
}
