import Hummingbird
import NIOCore

/// Where a standby gets its primary's commits; for nodes, not for clients.
struct ReplicationRoutes {
    /// The most bytes of one request.
    private static let requestBytes = 16 << 20

    let node: Node

    func add(to router: Router<ServerContext>) {
        router.post("/internal/v1/replication") { request, _ in
            try request.checkShows(node.configuration.clusterToken)
            let bytes = try await request.bytes(limit: Self.requestBytes)
            var buffer = ByteBuffer(bytes: bytes)
            guard let replication = try? ReplicationRequest(&buffer) else {
                throw Problem.badRequest("this is not a replication request")
            }
            return Response(200, await node.replicated(replication).document)
        }
    }
}
