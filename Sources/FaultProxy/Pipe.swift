import NIOCore
import Synchronization

/// One direction of one connection, from its source's socket to its destination's; loop-confined.
final class Pipe {
    enum Item {
        case bytes(ByteBuffer)
        /// The source has sent its last byte (FIN).
        case end
        /// The source's connection broke (RST).
        case reset
    }

    /// The most bytes that wait in one direction before its source is no longer read.
    static let limit = 32 << 20

    let direction: ProxyDirection
    private let core: ProxyCore
    private let loop: any EventLoop
    private weak var connection: ProxyConnection?
    private var line: DelayLine<Item>
    private var timer: Scheduled<Void>?
    private var timerDue = Int64.max
    private var isReading = false
    private var hasUnflushed = false
    /// Nothing more comes from the source.
    private(set) var sourceEnded = false
    /// Nothing more goes to the destination.
    private(set) var isFinished = false
    /// The destination's socket has been told so.
    private(set) var isClosed = false

    var source: RelayHandler?
    /// Nil until the server has taken the connection; until then everything waits.
    var destination: RelayHandler?

    init(
        direction: ProxyDirection, core: ProxyCore, connection: ProxyConnection,
        loop: any EventLoop, seed: UInt64
    ) {
        self.direction = direction
        self.core = core
        self.connection = connection
        self.loop = loop
        line = DelayLine(seed: seed)
    }

    private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Takes a chunk that was read from the source.
    func receive(_ buffer: ByteBuffer) {
        guard !isFinished else { return }
        if line.isEmpty, line.effects.isInert, let destination {
            destination.write(buffer)
            hasUnflushed = true
            return
        }
        if !line.effects.isInert { core.counters.chunksDelayed.add(1, ordering: .relaxed) }
        for piece in pieces(of: buffer) {
            line.admit(.bytes(piece), size: piece.readableBytes, now: now)
        }
    }

    /// Notes that a batch of reads is over: sends on what came and asks for more.
    func readComplete() {
        isReading = false
        pump()
    }

    /// Notes that the source has ended, in order or by a reset.
    func end(_ item: Item) {
        guard !sourceEnded else { return }
        sourceEnded = true
        line.admit(item, size: 0, now: now)
        pump()
    }

    /// Takes new effects over and answers how many bytes the line held at that moment.
    func apply(_ effects: LineEffects) -> Int {
        let held = line.heldBytes
        line.change(to: effects, now: now)
        pump()
        return held
    }

    /// Sends what is due, sets the timer for the rest, and reads on while there is room.
    func pump() {
        guard let destination, !isFinished else { return }
        while destination.isWritable, !isFinished, let item = line.popDue(now: now) {
            switch item {
            case .bytes(let buffer):
                destination.write(buffer)
                hasUnflushed = true
            case .end:
                flush()
                isFinished = true
                destination.closeOutput { [weak self] in
                    self?.isClosed = true
                    self?.connection?.pipeClosed()
                }
            case .reset:
                flush()
                isFinished = true
                connection?.reset()
                return
            }
        }
        flush()
        arm()
        demand()
    }

    /// Reads from the source when the destination can take it.
    func demand() {
        guard !isReading, !sourceEnded, !isFinished, let destination, destination.isWritable,
            !line.effects.isStalled, line.heldBytes < Self.limit, let source
        else { return }
        isReading = true
        source.read()
    }

    /// Stops for good; what still waits has nobody to go to.
    func abandon() {
        isFinished = true
        isClosed = true
        sourceEnded = true
        line.removeAll()
        timer?.cancel()
        timer = nil
        source = nil
        destination = nil
    }

    private func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        destination?.flush()
    }

    private func arm() {
        guard let due = line.nextDue, !isFinished else { return }
        // A destination that cannot take more calls pump when it can.
        guard destination?.isWritable == true, timer == nil || due < timerDue else { return }
        timer?.cancel()
        timerDue = due
        timer = loop.assumeIsolated().scheduleTask(
            deadline: .uptimeNanoseconds(UInt64(max(0, due)))
        ) { [weak self] in
            self?.timer = nil
            self?.pump()
        }
    }

    /// Cuts a chunk so that a limited bandwidth is smooth to 20 ms.
    private func pieces(of buffer: ByteBuffer) -> [ByteBuffer] {
        guard let rate = line.effects.bytesPerSecond else { return [buffer] }
        let size = max(1, rate / 50)
        var rest = buffer
        var pieces: [ByteBuffer] = []
        while let piece = rest.readSlice(length: min(size, rest.readableBytes)),
            piece.readableBytes > 0
        {
            pieces.append(piece)
        }
        return pieces
    }
}
