import Playbooks
import Systems
import Undo

/// A way to cut links.
protocol CutBackend: Sendable {
    var name: String { get }
    var objects: [AimedObject] { get }
    /// What ends it when the drill dies, for the undo record.
    var lifetime: String { get }
    /// What tells that it has ended.
    var witnesses: [KernelWitness] { get }

    func inject() async throws
    /// Throws when what was put in is not there as asked.
    func readBack() async throws
    /// Safe to call twice, and when nothing is in.
    func revert() async
    /// Whether anything of it is in.
    func isIn() async throws -> Bool
    /// The packets that vanished so far on each link; nil where they cannot be counted.
    func packetsLost() async throws -> [UInt64]?
}

/// How a cut reaches its effect on a host, and why so.
struct CutBackendChoice: Equatable {
    enum Backend: String, CaseIterable { case nftables, proxy }

    /// The parameter by which a playbook may insist on a backend.
    static let parameter = ParameterDeclaration(
        "backend", .choice(["auto"] + Backend.allCases.map(\.rawValue)),
        "How packets are lost; auto takes nftables where it can.", default: .string("auto"))

    /// The ways to a cut, the strongest first.
    static let backends = [
        BackendNeeds(
            Backend.nftables.rawValue, [.packetFilter, .ownerTables, .networkAdministration]),
        BackendNeeds(Backend.proxy.rawValue),
        BackendNeeds(
            "nftables, interface",
            [.packetFilter, .ownerTables, .deviceHooks, .networkAdministration]),
    ]

    /// Every link of a testbed is on loopback.
    static let interface = "lo"

    var backend: Backend
    var note: String

    /// Chooses by what the playbook asks for and what the host and the limits allow.
    ///
    /// Throws ``FaultError`` when nftables is asked for and cannot be had.
    init(asked: String, host: HostCapabilities, limits: Limits) throws {
        var obstacles: [String] = []
        for capability in [host.nftables, host.networkAdministration] where !capability.isPresent {
            obstacles.append("\(capability)")
        }
        if !limits.interfaces.contains(Self.interface) {
            obstacles.append("limits.interfaces does not name \(Self.interface)")
        }
        let reasons = obstacles.joined(separator: ", ")
        switch asked {
        case "proxy":
            self.init(backend: .proxy, note: "asked for by the playbook; " + Self.proxyNote)
        case _ where obstacles.isEmpty:
            self.init(backend: .nftables, note: Self.nftablesNote)
        case "nftables":
            throw FaultError(
                attempted: "cut links by nftables", object: Self.interface, reason: reasons,
                remedy: "use backend: proxy, which works everywhere")
        default:
            self.init(backend: .proxy, note: "no nftables: \(reasons); " + Self.proxyNote)
        }
    }

    private init(backend: Backend, note: String) {
        self.backend = backend
        self.note = note
    }

    private static let nftablesNote =
        "packets vanish where they come in, so that their senders are not told; "
        + "the table ends with the drill"
    private static let proxyNote =
        "the proxy keeps what is sent, and passes on what is left of it at the end; "
        + "handshakes succeed"
}
