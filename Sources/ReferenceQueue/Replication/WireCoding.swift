import NIOCore

/// The compact form in which commits travel between nodes: big-endian integers, strings with a
/// length before them.
extension ByteBuffer {
    mutating func write(_ text: String) {
        writeInteger(Int32(text.utf8.count))
        writeString(text)
    }

    mutating func write(_ text: String?) {
        writeInteger(UInt8(text == nil ? 0 : 1))
        if let text { write(text) }
    }

    mutating func write(_ position: CommitPosition) {
        writeInteger(position.index)
        writeInteger(position.epoch)
    }

    mutating func write(_ message: Message) {
        writeInteger(message.id.rawValue)
        write(message.queue)
        write(message.body)
        writeInteger(message.priority)
        writeInteger(message.maximumAttempts)
        write(message.callbackURL)
        write(message.idempotencyKey)
        writeInteger(message.enqueuedAt)
        writeInteger(message.availableAt)
        writeInteger(message.failures)
        write(message.lastError)
        writeInteger(UInt8(message.isDead ? 1 : 0))
    }

    mutating func write(_ change: Change) {
        switch change {
        case .enqueue(let message):
            writeInteger(UInt8(0))
            write(message)
        case .acknowledge(let id):
            writeInteger(UInt8(1))
            writeInteger(id.rawValue)
        case .retry(let id, let error, let availableAt):
            writeInteger(UInt8(2))
            writeInteger(id.rawValue)
            write(error)
            writeInteger(availableAt)
        case .bury(let id, let error):
            writeInteger(UInt8(3))
            writeInteger(id.rawValue)
            write(error)
        case .redrive(let id, let availableAt):
            writeInteger(UInt8(4))
            writeInteger(id.rawValue)
            writeInteger(availableAt)
        }
    }

    mutating func write(_ commit: Commit) {
        write(commit.position)
        writeInteger(Int32(commit.changes.count))
        for change in commit.changes { write(change) }
    }
}

/// A message between nodes that ends too early or holds what it cannot hold.
struct WireError: Error {}

extension ByteBuffer {
    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self)
        throws(WireError) -> Value
    {
        guard let value = readInteger(as: Value.self) else { throw WireError() }
        return value
    }

    mutating func text() throws(WireError) -> String {
        let count = Int(try integer(Int32.self))
        guard count >= 0, let text = readString(length: count) else { throw WireError() }
        return text
    }

    mutating func optionalText() throws(WireError) -> String? {
        try integer(UInt8.self) == 0 ? nil : try text()
    }

    mutating func identifier() throws(WireError) -> MessageIdentifier {
        MessageIdentifier(rawValue: try integer())
    }

    mutating func commitPosition() throws(WireError) -> CommitPosition {
        CommitPosition(index: try integer(), epoch: try integer())
    }

    mutating func message() throws(WireError) -> Message {
        Message(
            id: try identifier(), queue: try text(), body: try text(), priority: try integer(),
            maximumAttempts: try integer(), callbackURL: try optionalText(),
            idempotencyKey: try optionalText(), enqueuedAt: try integer(),
            availableAt: try integer(), failures: try integer(), lastError: try optionalText(),
            isDead: try integer(UInt8.self) != 0)
    }

    mutating func change() throws(WireError) -> Change {
        switch try integer(UInt8.self) {
        case 0: .enqueue(try message())
        case 1: .acknowledge(try identifier())
        case 2: .retry(try identifier(), error: try text(), availableAt: try integer())
        case 3: .bury(try identifier(), error: try text())
        case 4: .redrive(try identifier(), availableAt: try integer())
        default: throw WireError()
        }
    }

    mutating func commit() throws(WireError) -> Commit {
        let position = try commitPosition()
        var changes: [Change] = []
        for _ in 0..<max(0, try integer(Int32.self)) { changes.append(try change()) }
        return Commit(position: position, changes: changes)
    }
}
