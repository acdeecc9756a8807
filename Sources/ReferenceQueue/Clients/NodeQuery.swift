import NIOCore
import NIOHTTP1

/// A question to a running node.
public struct NodeQuery: Sendable {
    private let link: HTTPLink

    /// A query of the node at a base URL; throws when that is not `http://host:port`.
    public init(_ node: String) throws {
        guard let address = HTTPAddress(node) else {
            throw StoreError("the address is not http://host:port: \(node)")
        }
        link = HTTPLink(host: address.host, port: address.port)
    }

    /// The node's status as a JSON document.
    public func status() async throws -> String {
        String(buffer: try await fetch().buffer)
    }

    /// The node's status, one `name: value` a line.
    public func summary() async throws -> String {
        guard case .object(let members) = try await fetch() else { return "" }
        return members.map { member in
            switch member.value {
            case .string(let text): "\(member.name): \(text)"
            default: "\(member.name): \(String(buffer: member.value.buffer))"
            }
        }.joined(separator: "\n")
    }

    private func fetch() async throws -> JSONValue {
        let answer = try await link.send(.GET, "/v1/status", timeout: .seconds(5))
        guard answer.status == 200 else {
            throw StoreError("the node answered \(answer.status)")
        }
        return answer.document
    }
}
