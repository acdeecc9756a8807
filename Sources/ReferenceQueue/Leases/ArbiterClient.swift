import NIOHTTP1

/// The arbiter as a node sees it.
struct ArbiterClient: LeaseStore {
    private let link: HTTPLink
    private let timeout: Duration

    /// A client of the arbiter at a base URL; an answer that takes longer than the timeout is lost.
    init(_ address: String, token: ClusterToken?, timeout: Duration) throws {
        guard let address = HTTPAddress(address) else {
            throw StoreError("the arbiter's address is not http://host:port: \(address)")
        }
        link = HTTPLink(host: address.host, port: address.port, token: token)
        self.timeout = timeout
    }

    func perform(_ request: LeaseRequest) async throws -> LeaseView {
        let answer = try await link.send(
            .POST, "/v1/lease", body: request.document.buffer, timeout: timeout)
        guard answer.status != 401 else {
            throw StoreError("the arbiter has another cluster token than this node")
        }
        guard answer.status == 200, let view = LeaseView(answer.document) else {
            throw StoreError("the arbiter answered \(answer.status)")
        }
        return view
    }
}
