import FaultProxy
import Kernel
import Playbooks

/// A way to reset single connections.
protocol ResetBackend: Sendable {
    var name: String { get }

    /// Resets connections; returns those that it reset, and leaves out those that it did not find.
    func reset(_ connections: [SocketTableEntry]) async throws -> [SocketTableEntry]
}

/// Resets connections in the kernel (sock_diag(7), SOCK_DESTROY).
struct KernelReset: ResetBackend {
    let name = "sock_diag"
    let table: SocketTable

    func reset(_ connections: [SocketTableEntry]) throws -> [SocketTableEntry] {
        try connections.filter { try table.reset($0) }
    }
}

/// Resets connections that pass through proxies of the drill, by a zero linger (socket(7)).
struct ProxyReset: ResetBackend {
    let name = "proxy"
    let proxies: [FaultProxy]

    func reset(_ connections: [SocketTableEntry]) async -> [SocketTableEntry] {
        var reset: [SocketTableEntry] = []
        for connection in connections {
            for proxy in proxies where proxy.port == Int(connection.local.port) {
                if await proxy.reset(clientPorts: [Int(connection.remote.port)]) > 0 {
                    reset.append(connection)
                }
            }
        }
        return reset
    }
}

/// How a reset reaches its effect on a host, and why so; pure.
struct ResetBackendChoice: Equatable {
    enum Backend: String { case kernel = "sock_diag", proxy }

    var backend: Backend
    var note: String

    /// Chooses by what the playbook asks for and what the kernel and the rights allow.
    ///
    /// Throws ``FaultError`` when sock_diag is asked for and cannot be had.
    init(asked: String, host: HostCapabilities, kernel: KernelAnswer) throws {
        var obstacles: [String] = []
        if !host.networkAdministration.isPresent { obstacles.append("CAP_NET_ADMIN is missing") }
        // Without the right the kernel does not say whether it could.
        if kernel.presence == .absent { obstacles.append(kernel.evidence) }
        switch asked {
        case Backend.proxy.rawValue:
            self.init(.proxy, "asked for by the playbook; " + Self.proxyNote)
        case _ where obstacles.isEmpty:
            self.init(
                .kernel,
                "the kernel ends exactly the chosen connections, known by their cookies; "
                    + "listeners are refused")
        case Backend.kernel.rawValue:
            throw FaultError(
                attempted: "reset by sock_diag", object: "connections",
                reason: obstacles.joined(separator: ", "),
                remedy: "use backend: proxy, which works everywhere")
        default:
            self.init(
                .proxy,
                "no SOCK_DESTROY: \(obstacles.joined(separator: ", ")); " + Self.proxyNote)
        }
    }

    private init(_ backend: Backend, _ note: String) {
        self.backend = backend
        self.note = note
    }

    private static let proxyNote =
        "the proxy closes both ends of the chosen connections with a RST"
}
