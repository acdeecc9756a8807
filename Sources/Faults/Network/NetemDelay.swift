import FaultProxy
import Kernel
import Playbooks
import Records
import Systems
import Undo

/// Delays the packets of links in the kernel, on their way from the proxy to the node.
struct NetemDelay: DelayBackend {
    /// Testbeds live on loopback.
    static let interface = "lo"

    let name = "netem"
    let objects: [AimedObject]
    private let life: QueueingLife

    init(aims: [PacketAim], life: QueueingLife) {
        objects = aims.map { .packets(interface: life.interface, $0) }
        self.life = life
    }

    /// Throws when there is no such interface.
    init(
        links: [TestbedLink], delay: Duration, jitter: Duration, context: FaultContext
    ) throws {
        let aims = try links.map { try $0.aim }
        let parameters = NetemParameters(
            delay: delay, jitter: jitter, seed: jitter > .zero ? context.seed : nil)
        self.init(
            aims: aims,
            life: try .onLoopback(
                PortNetem(interface: 0, aims: aims, parameters: parameters),
                longestDelay: parameters.longestDelay, context: context))
    }

    /// What is on the interface and could not be put back as it was; nil when netem may go there.
    static var obstacle: String? {
        do {
            let index = try NetworkInterface.index(of: interface)
            try InterfaceClaims.ofProcess.check(interface, at: .init(index: index))
            _ = try PortNetem(interface: index, aims: [], parameters: NetemParameters()).snapshot()
            return nil
        } catch {
            return "\(error)"
        }
    }

    func snapshot() async throws { try await life.snapshot() }

    func undoRecord(identifier: String) async -> UndoRecord {
        await life.undoRecord(identifier: identifier)
    }

    func inject() async throws { try await life.inject() }

    func readBack() async throws { try await life.readBack() }

    func revert(isBrief: Bool) async throws { try await life.revert(isBrief: isBrief) }

    func comparisons() async -> [Comparison] { await life.comparisons() }

    func findings() async -> DelayFindings {
        DelayFindings(
            achieved: await life.heals(), notes: await life.notes)
    }
}

extension TestbedLink {
    /// The packets from the link's proxy to the node, and no others.
    var aim: PacketAim {
        get throws {
            guard let source = AddressRange(proxy.sourceAddress),
                let destination = AddressRange("127.0.0.1"),
                let port = UInt16(exactly: proxy.upstreamPort)
            else {
                throw FaultError(
                    attempted: "aim at the packets of a link", object: name,
                    reason: "\(proxy.sourceAddress) to port \(proxy.upstreamPort) is no address")
            }
            return PacketAim(
                source: source, destination: destination, destinationPorts: port...port)
        }
    }
}
