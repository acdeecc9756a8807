import NIOCore

/// What a primary sends to a standby.
struct ReplicationRequest: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// Nothing but who the primary is and how far it has got.
        case hello
        /// Commits that follow the one at `previous`.
        case commits(previous: CommitPosition, [Commit])
        /// Throw everything away: a snapshot follows.
        case beginSnapshot
        case snapshot(SnapshotPart)
    }

    /// The primary's epoch; a standby that knows a higher one refuses.
    var epoch: Int64
    var primary: String
    var address: String
    /// How far the primary has got.
    var position: CommitPosition
    var content: Content

    /// The form in which it travels.
    var buffer: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger(epoch)
        buffer.write(primary)
        buffer.write(address)
        buffer.write(position)
        switch content {
        case .hello: buffer.writeInteger(UInt8(0))
        case .commits(let previous, let commits):
            buffer.writeInteger(UInt8(1))
            buffer.write(previous)
            buffer.writeInteger(Int32(commits.count))
            for commit in commits { buffer.write(commit) }
        case .beginSnapshot: buffer.writeInteger(UInt8(2))
        case .snapshot(let part):
            buffer.writeInteger(UInt8(3))
            buffer.write(part)
        }
        return buffer
    }

    init(
        epoch: Int64, primary: String, address: String, position: CommitPosition, content: Content
    ) {
        self.epoch = epoch
        self.primary = primary
        self.address = address
        self.position = position
        self.content = content
    }

    init(_ buffer: inout ByteBuffer) throws(WireError) {
        epoch = try buffer.integer()
        primary = try buffer.text()
        address = try buffer.text()
        position = try buffer.commitPosition()
        switch try buffer.integer(UInt8.self) {
        case 0: content = .hello
        case 1:
            let previous = try buffer.commitPosition()
            var commits: [Commit] = []
            for _ in 0..<max(0, try buffer.integer(Int32.self)) {
                commits.append(try buffer.commit())
            }
            content = .commits(previous: previous, commits)
        case 2: content = .beginSnapshot
        case 3: content = .snapshot(try SnapshotPart(&buffer))
        default: throw WireError()
        }
        guard buffer.readableBytes == 0 else { throw WireError() }
    }
}

/// What a standby answers.
enum ReplicationAnswer: Sendable, Equatable {
    /// All of it is durable; this is how far the standby has got, and the identity of its store.
    case stored(CommitPosition, store: String)
    /// The commits do not follow what the standby has.
    case mismatch(CommitPosition)
    /// There is a primary of a higher epoch.
    case staleEpoch(Int64)
    case diskFull
    case failed(String)

    var document: JSONValue {
        switch self {
        case .stored(let position, let store):
            [
                "answer": "stored", "index": .integer(position.index),
                "epoch": .integer(position.epoch), "store": .string(store),
            ]
        case .mismatch(let position):
            [
                "answer": "mismatch", "index": .integer(position.index),
                "epoch": .integer(position.epoch),
            ]
        case .staleEpoch(let epoch): ["answer": "stale-epoch", "epoch": .integer(epoch)]
        case .diskFull: ["answer": "disk-full"]
        case .failed(let reason): ["answer": "failed", "reason": .string(reason)]
        }
    }

    init?(_ document: JSONValue) {
        let epoch = document["epoch"]?.integer ?? 0
        let position = CommitPosition(index: document["index"]?.integer ?? 0, epoch: epoch)
        switch document["answer"]?.string {
        case "stored":
            guard let store = document["store"]?.string else { return nil }
            self = .stored(position, store: store)
        case "mismatch": self = .mismatch(position)
        case "stale-epoch": self = .staleEpoch(epoch)
        case "disk-full": self = .diskFull
        case "failed": self = .failed(document["reason"]?.string ?? "")
        default: return nil
        }
    }
}
