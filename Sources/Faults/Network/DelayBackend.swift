import Playbooks
import Records
import Systems
import Undo

/// A way to delay what flows over links.
protocol DelayBackend: Sendable {
    var name: String { get }
    var objects: [AimedObject] { get }

    /// Takes down the prior state; throws when it could not be restored.
    func snapshot() async throws
    func undoRecord(identifier: String) async -> UndoRecord
    func inject() async throws
    func readBack() async throws
    /// Takes the delay out; when brief, waits only a moment for what is on its way.
    func revert(isBrief: Bool) async throws
    /// The prior state beside the state now.
    func comparisons() async -> [Comparison]
    /// What the backend itself has to say of the fault so far.
    func findings() async -> DelayFindings
}

/// What a backend knows of a delay beside the round trips.
struct DelayFindings: Equatable {
    var achieved: [FaultRecord.Achievement] = []
    /// Sentences for the reader of the report.
    var notes: [String] = []
}

/// How a delay reaches its effect on a host, and why so.
struct DelayBackendChoice: Equatable {
    enum Backend: String { case netem, proxy }

    var backend: Backend
    var note: String

    /// Chooses by what the playbook asks for and what the host and the limits allow.
    ///
    /// - Parameter obstacle: what stands in netem's way on the interface itself; nil for nothing.
    ///
    /// Throws ``FaultError`` when netem is asked for and cannot be had.
    init(
        asked: String, host: HostCapabilities, limits: Limits, obstacle: String? = nil
    ) throws {
        var obstacles = [obstacle].compactMap { $0 }
        if !host.netem.isPresent {
            obstacles.append("sch_netem is absent (\(host.netem.reason))")
        }
        if !host.networkAdministration.isPresent {
            obstacles.append("CAP_NET_ADMIN is missing")
        }
        if !limits.interfaces.contains(NetemDelay.interface) {
            obstacles.append("limits.interfaces does not name \(NetemDelay.interface)")
        }
        switch asked {
        case "proxy":
            self.init(backend: .proxy, note: "asked for by the playbook; " + Self.proxyNote)
        case _ where obstacles.isEmpty:
            self.init(
                backend: .netem, note: "\(Self.netemNote); \(SteeringChoice(host: host).note)")
        case "netem":
            throw FaultError(
                attempted: "delay by netem", object: NetemDelay.interface,
                reason: obstacles.joined(separator: ", "),
                remedy: "use backend: proxy, which works everywhere")
        default:
            let reasons = obstacles.joined(separator: ", ")
            self.init(backend: .proxy, note: "no netem: \(reasons); " + Self.proxyNote)
        }
    }

    private init(backend: Backend, note: String) {
        self.backend = backend
        self.note = note
    }

    private static let proxyNote =
        "the proxy delays what clients send, in order; it delays no handshake and loses no packet"
    private static let netemNote =
        "packets to the node's port are delayed in the kernel; with jitter they may change places"
}
