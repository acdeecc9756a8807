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
        let loop = TrialLoop(now: now, sleep: sleep) { [sender, receiver] bytes in
            _ = try? sender.send(bytes, to: "127.0.0.1", port: receiver.port)
        } receive: { [receiver] in
            try? receiver.receive()
        }
        return await loop.run(for: duration, drain: drain)
    }
}

/// Sends one trial packet every ``PacketFlow/period``, open loop, and takes what arrives.
struct TrialLoop {
    let now: @Sendable () -> DrillTime
    let sleep: @Sendable (Duration) async throws -> Void
    /// What cannot be sent is lost, and counted as that.
    let send: @Sendable ([UInt8]) -> Void
    let receive: @Sendable () -> [UInt8]?

    func run(for duration: Duration, drain: Duration) async -> PacketTally {
        var tally = PacketTally()
        // What is left of an earlier trial would be taken for damage.
        while receive() != nil {}
        let start = now()
        let end = start + Nanoseconds(duration)
        // The last packet has all of the drain too, also when a late loop sent it late.
        var last = end + Nanoseconds(drain)
        var looked = start
        while !Task.isCancelled {
            let time = now()
            guard time < last else { break }
            collect(&tally, lastLook: &looked)
            let elapsed = (time - start).duration
            while time < end, PacketFlow.period * tally.sent < elapsed, !Task.isCancelled {
                let sentAt = now()
                let packet = TrialPacket(number: UInt32(tally.sent), sentAt: sentAt)
                last = max(last, sentAt + Nanoseconds(drain))
                tally.send()
                send(packet.bytes)
                // A loop that is late sends much at once, and what comes of it needs room.
                if tally.sent.isMultiple(of: 32) { collect(&tally, lastLook: &looked) }
            }
            // A sleep that is cut short is noticed by the loop's condition.
            try? await sleep(.milliseconds(1))
        }
        collect(&tally, lastLook: &looked)
        return tally
    }

    private func collect(_ tally: inout PacketTally, lastLook: inout DrillTime) {
        while let bytes = receive() {
            tally.receive(TrialPacket(bytes), at: now(), lastLook: lastLook)
        }
        lastLook = now()
    }
}
