import Records

/// What became of numbered packets: lost, damaged, doubled, late; pure.
struct PacketTally: Equatable, Sendable {
    /// How often each number arrived, and how long its first copy took; by number.
    private var copies: [Int] = []
    private var times: [Nanoseconds?] = []
    /// How long before it was taken each may have arrived already, in the order of `times`.
    private var slacks: [Nanoseconds] = []
    /// Packets that arrived otherwise than they were sent; their numbers are not known.
    private(set) var damaged = 0

    /// Notes that the packet with the next number was sent.
    mutating func send() {
        copies.append(0)
        times.append(nil)
        slacks.append(Nanoseconds(0))
    }

    /// Notes a packet that arrived; nil for a damaged one, as one whose number was not sent is too.
    ///
    /// - Parameters:
    ///   - now: when it was taken.
    ///   - lastLook: when it was last seen that nothing had arrived; it came later than that.
    mutating func receive(
        _ packet: TrialPacket?, at now: DrillTime, lastLook: DrillTime? = nil
    ) {
        guard let packet, Int(packet.number) < copies.count else {
            damaged += 1
            return
        }
        let number = Int(packet.number)
        copies[number] += 1
        guard times[number] == nil else { return }
        times[number] = now - packet.sentAt
        slacks[number] = lastLook.map { now - max($0, packet.sentAt) } ?? Nanoseconds(0)
    }

    var sent: Int { copies.count }

    /// Packets of which no undamaged copy arrived.
    var missing: Int { copies.count { $0 == 0 } }

    /// Copies beyond the first.
    var extra: Int { copies.reduce(0) { $0 + max(0, $1 - 1) } }

    /// How long each packet took that arrived, in the order of their numbers.
    var delays: [Duration] { times.compactMap { $0?.duration } }

    /// How long each took at least; less than ``delays`` where nobody looked when it arrived.
    var leastDelays: [Duration] {
        zip(times, slacks).compactMap { time, slack in time.map { $0.duration - slack.duration } }
    }

    /// The lengths of the runs of missing packets.
    var bursts: [Int] {
        copies.split { $0 > 0 }.map(\.count)
    }
}
