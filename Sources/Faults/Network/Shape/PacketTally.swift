import Records

/// What became of numbered packets: lost, damaged, doubled, late; pure.
struct PacketTally: Equatable, Sendable {
    /// How often each number arrived, and how long its first copy took; by number.
    private var copies: [Int] = []
    private var times: [Nanoseconds?] = []
    /// Packets that arrived otherwise than they were sent; their numbers are not known.
    private(set) var damaged = 0

    /// Notes that the packet with the next number was sent.
    mutating func send() {
        copies.append(0)
        times.append(nil)
    }

    /// Notes a packet that arrived; nil for a damaged one, as one whose number was not sent is too.
    mutating func receive(_ packet: TrialPacket?, at now: DrillTime) {
        guard let packet, Int(packet.number) < copies.count else {
            damaged += 1
            return
        }
        let number = Int(packet.number)
        copies[number] += 1
        if times[number] == nil { times[number] = now - packet.sentAt }
    }

    var sent: Int { copies.count }

    /// Packets of which no undamaged copy arrived.
    var missing: Int { copies.count { $0 == 0 } }

    /// Copies beyond the first.
    var extra: Int { copies.reduce(0) { $0 + max(0, $1 - 1) } }

    /// How long each packet took that arrived, in the order of their numbers.
    var delays: [Duration] { times.compactMap { $0?.duration } }

    /// The lengths of the runs of missing packets.
    var bursts: [Int] {
        copies.split { $0 > 0 }.map(\.count)
    }
}
