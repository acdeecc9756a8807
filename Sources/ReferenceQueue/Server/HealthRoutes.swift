import Hummingbird
import NIOCore
import Synchronization

/// Whether the node lives, may take traffic, and how it is.
struct HealthRoutes {
    let node: Node
    let load: ServerLoad

    private var lies: Bool { node.configuration.has(.lyingHealth) }

    func add(to router: Router<ServerContext>) {
        router.get("/healthz") { _, _ in Response(200, ["alive": true]) }
        router.get("/readyz") { _, _ in ready() }
        router.get("/metrics") { _, _ in
            let metrics = Metrics(
                status: node.status(), queues: node.queueCounters(), waiting: node.inbox.count,
                load: load)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.text)))
        }
        router.get("/v1/status") { _, _ in Response(200, document(node.status())) }
    }

    private func ready() -> Response {
        let status = node.status()
        let reasons = lies ? [] : status.reasons
        let name = node.configuration.name
        let document: JSONValue = [
            "ready": .boolean(reasons.isEmpty),
            "role": .string(lies || status.isPrimary ? "primary" : "standby"),
            "epoch": .integer(status.epoch),
            "primary": .text(lies ? name : status.holder),
            "primary_address": .text(
                lies ? node.address.withLock { $0 } : status.holderAddress),
            "lag": .integer(lies ? 0 : status.lag),
            "disk_free": .integer(status.freeBytes),
            "reasons": .array(reasons.map { .string($0) }),
        ]
        return Response(reasons.isEmpty ? 200 : 503, document)
    }

    private func document(_ status: NodeStatus) -> JSONValue {
        [
            "name": .string(status.name),
            "role": .string(status.isPrimary ? "primary" : "standby"),
            "epoch": .integer(status.epoch), "holds_lease": .boolean(status.holdsLease),
            "primary": .text(status.holder), "primary_address": .text(status.holderAddress),
            "commit_index": .integer(status.position.index),
            "commit_epoch": .integer(status.position.epoch),
            "lag": .integer(status.lag),
            "clock": ["wall_ms": .integer(status.wall), "boot_ms": .integer(status.boot)],
            "standbys": .array(
                status.peers.map {
                    [
                        "name": .string($0.name), "attached": .boolean($0.isAttached),
                        "lag": $0.lag.map { .integer($0) } ?? .null,
                        "reason": .string($0.reason),
                    ]
                }),
            "disk": .string(status.disk == .full ? "full" : "available"),
            "disk_free": .integer(status.freeBytes),
            "reasons": .array(status.reasons.map { .string($0) }),
            "weaknesses": .array(
                node.configuration.weaknesses.map(\.rawValue).sorted().map { .string($0) }),
        ]
    }
}
