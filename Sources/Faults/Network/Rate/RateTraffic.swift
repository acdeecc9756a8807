import Kernel

/// Packets that fill a bounded path, and others past it that must be left alone.
protocol RateTraffic: Sendable {
    /// What the kernel counts of each packet beside its payload, in bytes.
    static var headers: Int { get }
    /// Sends one over the bounded path; what has no room is gone.
    func fill(number: UInt64, bytes: Int)
    /// Sends one past the bounded path; false when the kernel did not take it.
    func sendBeside(number: UInt64, bytes: Int) -> Bool
    /// How many of those have arrived since the last call; clears what came over the path, too.
    func takeArrivals() -> Int
}

/// Datagrams over loopback, on ports of their own.
struct DatagramTraffic: RateTraffic {
    let aimed: DatagramFlow
    let beside: DatagramFlow

    /// Ethernet's header, which loopback has too, and those of IPv4 and UDP.
    static let headers = 42

    init() throws(KernelError) {
        let home: [UInt8] = [127, 0, 0, 1]
        aimed = try DatagramFlow(from: home, to: home)
        beside = try DatagramFlow(from: home, to: home)
    }

    /// The packets that fill the path, and no others.
    var aim: PacketAim {
        let port = aimed.destination.port
        return PacketAim(
            transport: .udp, destination: AddressRange("127.0.0.1"), destinationPorts: port...port)
    }

    func fill(number: UInt64, bytes: Int) { _ = aimed.send(number: number, bytes: bytes) }

    func sendBeside(number: UInt64, bytes: Int) -> Bool {
        beside.send(number: number, bytes: bytes) != nil
    }

    func takeArrivals() -> Int {
        _ = aimed.arrivals()
        return beside.arrivals().count
    }
}

/// Frames out of an interface, into the class of their priority and past it.
struct FrameTraffic: RateTraffic {
    let aimed: FrameSocket
    let beside: FrameSocket

    /// Two addresses, a type and a token.
    static let headers = 18

    func fill(number: UInt64, bytes: Int) { _ = try? aimed.send(Self.payload(bytes)) }

    func sendBeside(number: UInt64, bytes: Int) -> Bool {
        (try? beside.send(Self.payload(bytes))) ?? false
    }

    func takeArrivals() -> Int {
        _ = Self.take(aimed)
        return Self.take(beside)
    }

    private static func payload(_ bytes: Int) -> [UInt8] { Array(repeating: 0x5a, count: bytes) }

    private static func take(_ socket: FrameSocket) -> Int {
        var count = 0
        while (try? socket.receive()) ?? nil != nil { count += 1 }
        return count
    }
}
