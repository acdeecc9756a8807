import NIOHTTP1

/// The way from a primary to one standby.
protocol ReplicationTransport: Sendable {
    /// Delivers a request and gives the standby's answer.
    ///
    /// Throws when there is no answer in time; the standby may then have stored it or not.
    func send(_ request: ReplicationRequest, timeout: Duration) async throws -> ReplicationAnswer
}

/// The way over HTTP that nodes take when they are processes.
struct HTTPReplicationTransport: ReplicationTransport {
    private let link: HTTPLink

    init(_ peer: NodeConfiguration.Peer, token: ClusterToken?) throws {
        guard let address = HTTPAddress(peer.address) else {
            throw StoreError("the address of peer \(peer.name) is not http://host:port")
        }
        link = HTTPLink(host: address.host, port: address.port, token: token)
    }

    func send(_ request: ReplicationRequest, timeout: Duration) async throws -> ReplicationAnswer {
        let answer = try await link.send(
            .POST, "/internal/v1/replication", body: request.buffer,
            contentType: "application/octet-stream", timeout: timeout)
        guard answer.status != 401 else {
            return .failed("it has another cluster token than this node")
        }
        guard answer.status == 200, let decoded = ReplicationAnswer(answer.document) else {
            return .failed("answered \(answer.status)")
        }
        return decoded
    }
}
