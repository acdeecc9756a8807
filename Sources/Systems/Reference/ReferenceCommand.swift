import Playbooks

/// The command lines of the embedded service.
struct ReferenceCommand {
    var settings: ReferenceSettings
    var executable: String
    /// What the service's processes show each other: a secret of this drill.
    var clusterToken: String

    /// A token that nobody can guess.
    static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let part = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - part.count) + part
        }.joined()
    }

    // Not an argument, which anybody on the host may read (proc(5)).
    private var processEnvironment: [String] { ["REFQUEUE_CLUSTER_TOKEN=\(clusterToken)"] }

    func arbiter(port: Int, directory: String) -> ServiceProcess.Command {
        ServiceProcess.Command(
            executable: executable,
            arguments: ["arbiter", "--data", directory, "--listen", "127.0.0.1:\(port)"],
            environment: processEnvironment)
    }

    /// A node's command; `peers` are the ports at which this node reaches the others, `advertised`
    /// is the port at which clients reach this node.
    func node(
        _ name: String, port: Int, directory: String, arbiter: Int?, peers: [String: Int],
        advertised: Int
    ) -> ServiceProcess.Command {
        let policy = settings.redelivery
        var arguments = [
            "serve", "--name", name, "--data", directory, "--listen", "127.0.0.1:\(port)",
            "--advertise", Self.url(advertised),
            "--durability", settings.isSynced ? "synced" : "async",
            "--lease", Self.milliseconds(settings.lease),
            "--retry-first", Self.milliseconds(policy.first), "--retry-factor", "\(policy.factor)",
            "--retry-cap", Self.milliseconds(policy.cap), "--retry-jitter", policy.jitter.rawValue,
            "--retry-attempts", "\(policy.attempts)",
        ]
        // Without an arbiter a node is always the primary.
        if let arbiter { arguments += ["--arbiter", Self.url(arbiter)] }
        for (peer, port) in peers.sorted(by: { $0.key < $1.key }) {
            arguments += ["--peer", "\(peer)=\(Self.url(port))"]
        }
        for weakness in settings.weaknesses { arguments += ["--weakness", weakness] }
        return ServiceProcess.Command(
            executable: executable, arguments: arguments, environment: processEnvironment)
    }

    static func milliseconds(_ duration: Duration) -> String {
        "\(duration.nanoseconds / 1_000_000)ms"
    }

    static func url(_ port: Int) -> String { "http://127.0.0.1:\(port)" }
}
