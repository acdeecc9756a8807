import Kernel
import Playbooks
import Records

/// Sends numbered packets over an interface and counts what becomes of them.
protocol PacketTrial: Sendable {
    /// Runs for `duration`; what is under way then is waited for `drain` longer.
    func run(for duration: Duration, drain: Duration) async -> PacketTally
}

/// A flow of UDP packets from one socket to another over loopback, open loop.
struct PacketFlow: PacketTrial {
    /// How often a packet is sent.
    static let period = Duration.milliseconds(2)

    private let sender: DatagramSocket
    private let receiver: DatagramSocket
    private let now: @Sendable () -> DrillTime
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Throws ``KernelError`` when there are no sockets to be had.
    init(
        now: @escaping @Sendable () -> DrillTime,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) throws {
        sender = try DatagramSocket(address: "127.0.0.1")
        receiver = try DatagramSocket(address: "127.0.0.1")
        self.now = now
        self.sleep = sleep
    }

    /// The packets of this flow and no others.
    var aim: PacketAim {
        PacketAim(
            transport: .udp, source: AddressRange("127.0.0.1"),
            destination: AddressRange("127.0.0.1"), sourcePorts: sender.port...sender.port,
            destinationPorts: receiver.port...receiver.port)
    }

    func run(for duration: Duration, drain: Duration) async -> PacketTally {
        var tally = PacketTally()
        // What is left of an earlier trial would be taken for damage.
        var rest = PacketTally()
        collect(&rest)
        let start = now()
        let end = start + Nanoseconds(duration)
        let last = end + Nanoseconds(drain)
        while !Task.isCancelled {
            let time = now()
            guard time < last else { break }
            collect(&tally)
            let elapsed = (min(time, end) - start).duration
            while Self.period * tally.sent < elapsed, !Task.isCancelled { send(&tally) }
            // A sleep that is cut short is noticed by the loop's condition.
            try? await sleep(.milliseconds(1))
        }
        collect(&tally)
        return tally
    }

    private func send(_ tally: inout PacketTally) {
        let packet = TrialPacket(number: UInt32(tally.sent), sentAt: now())
        tally.send()
        // What cannot be sent is lost, and counted as that.
        _ = try? sender.send(packet.bytes, to: "127.0.0.1", port: receiver.port)
    }

    private func collect(_ tally: inout PacketTally) {
        while let datagram = try? receiver.receive() {
            tally.receive(TrialPacket(datagram), at: now())
        }
    }
}
